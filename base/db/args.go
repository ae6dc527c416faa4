package db

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"
)

// ErrText means that a text cannot be stored: PostgreSQL refuses NUL and broken UTF-8, SQLite would keep them.
var ErrText = fmt.Errorf("db: text holds a NUL character or is not UTF-8")

// plain turns arguments into the few types that both drivers treat alike: string, int64, float64,
// bool, []byte, nil. A nil []byte is empty bytes, not NULL.
func plain(args []any) ([]any, error) {
	out := make([]any, len(args))
	for i, a := range args {
		v, err := one(a)
		if err != nil {
			return nil, fmt.Errorf("db: argument $%d: %w", i+1, err)
		}
		out[i] = v
	}
	return out, nil
}

func one(a any) (any, error) {
	switch v := a.(type) {
	case nil, int64, bool, float64:
		return v, nil
	case string:
		return text(v)
	case int:
		return int64(v), nil
	case []byte:
		if v == nil {
			return []byte{}, nil
		}
		return v, nil
	case time.Time:
		// A driver would choose a format and a zone; the caller must choose (UnixMilli, or a day).
		return nil, fmt.Errorf("a time.Time has no one meaning in SQL: pass milliseconds or a day")
	}
	return named(reflect.ValueOf(a))
}

// named takes types such as calendar.Day by what they are made of.
func named(v reflect.Value) (any, error) {
	switch v.Kind() {
	case reflect.String:
		return text(v.String())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return v.Int(), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if v.Uint() > math.MaxInt64 {
			return nil, fmt.Errorf("%d does not fit BIGINT", v.Uint())
		}
		return int64(v.Uint()), nil
	case reflect.Bool:
		return v.Bool(), nil
	case reflect.Float32, reflect.Float64:
		return v.Float(), nil
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return append([]byte{}, v.Bytes()...), nil
		}
	}
	return nil, fmt.Errorf("type %s cannot be stored", v.Type())
}

func text(s string) (any, error) {
	if strings.IndexByte(s, 0) >= 0 || !utf8.ValidString(s) {
		return nil, ErrText
	}
	return s, nil
}
