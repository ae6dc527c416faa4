package division

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"jishi/base/calendar"
	"jishi/base/db"
	"jishi/base/sheet"
	"jishi/base/words"
)

// Fault is one row that was not loaded.
type Fault struct {
	Row   int // row of the file, the header is 1
	Field string
	Text  string // Chinese sentence: what is wrong and what to write
	Args  []any
}

// Result says what an import did.
type Result struct {
	Read, Loaded int
	Bad          int     // rows not loaded
	Faults       []Fault // of these the first thousand
}

const (
	rowsAtOnce  = 15     // of one statement; SQLite looks for each value by walking all of them, so more is slower
	rowsDurable = 20_000 // rows of one transaction, so that others can write between
	faultsKept  = 1000
)

// Import loads places from a CSV with a header: code and name (or 代码, 名称); parent, from, to, successor
// may follow, other columns are passed over. Codes of 2, 4, 6 or 9 digits are filled up with zeros. A row
// that cannot be taken is told and the others are loaded; loading twice changes nothing. progress, if any,
// hears how many rows are durable. Reload afterwards.
func (p *Places) Import(ctx context.Context, r io.Reader, progress func(n int)) (Result, error) {
	in := csv.NewReader(sheet.Text(r))
	in.ReuseRecord, in.FieldsPerRecord, in.LazyQuotes = true, -1, true
	l := &loader{ctx: ctx, places: p, progress: progress, seen: map[uint64]bool{}}
	header, err := in.Read()
	if err != nil || !l.header(header) {
		return l.result, words.Refuse(words.Invalid, "bad-csv", "文件的第一行不是表头，或缺少“代码”“名称”两列。").
			Try("第一行请写：code,name 或 代码,名称。")
	}
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		l.result.Read++
		if err != nil {
			l.fault("", "这一行不是完整的逗号分隔文本：请检查引号是否成对。")
			continue
		}
		if err := l.row(row); err != nil {
			return l.result, err
		}
	}
	return l.result, l.store()
}

// Import loads places into the database without a tree at hand; see Places.Import.
func Import(ctx context.Context, d *db.DB, r io.Reader, progress func(n int)) (Result, error) {
	p, err := Load(ctx, d)
	if err != nil {
		return Result{}, err
	}
	return p.Import(ctx, r, progress)
}

type loader struct {
	ctx      context.Context
	places   *Places
	progress func(n int)
	result   Result
	at       map[string]int // column of each known heading
	seen     map[uint64]bool
	waiting  []any // seven values a row
}

var headings = map[string]string{
	"code": "code", "代码": "code", "区划代码": "code", "name": "name", "名称": "name",
	"parent": "parent", "上级": "parent", "from": "from", "起": "from", "to": "to", "止": "to",
	"successor": "successor", "承继": "successor",
}

func (l *loader) header(row []string) bool {
	l.at = map[string]int{}
	for i, h := range row {
		if name, ok := headings[strings.ToLower(strings.TrimSpace(h))]; ok {
			l.at[name] = i
		}
	}
	_, code := l.at["code"]
	_, name := l.at["name"]
	return code && name
}

func (l *loader) fault(field, text string, args ...any) {
	l.result.Bad++
	if len(l.result.Faults) < faultsKept {
		l.result.Faults = append(l.result.Faults, Fault{Row: l.result.Read + 1, Field: field, Text: text, Args: args})
	}
}

// field is a copy: the reader reuses its rows.
func (l *loader) field(row []string, name string) string {
	if i, ok := l.at[name]; ok && i < len(row) {
		return strings.Clone(strings.TrimSpace(row[i]))
	}
	return ""
}

func (l *loader) row(row []string) error {
	code := l.field(row, "code")
	if n := len(code); n == 2 || n == 4 || n == 6 || n == 9 {
		code += strings.Repeat("0", 12-n)
	}
	kind, name := KindOf(code), l.field(row, "name")
	if kind == "" {
		l.fault("code", "“{code}”不是区划代码：请写十二位数字。", "code", code)
		return nil
	}
	if name == "" || len(name) > 200 || !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' }) {
		l.fault("name", "名称为空、过长或含有不能显示的字符：请写地名全称。")
		return nil
	}
	n, _ := number(code)
	if l.seen[n] {
		l.fault("code", "代码{code}在文件中重复：请只保留一行。", "code", code)
		return nil
	}
	parent := l.field(row, "parent")
	if parent == "" {
		parent = ParentOf(code)
	}
	if !l.known(parent) {
		l.fault("parent", "上级地方{code}不存在：请先导入上级，或核对代码。", "code", parent)
		return nil
	}
	from, to := l.field(row, "from"), l.field(row, "to")
	for i, day := range []string{from, to} {
		if _, err := calendar.ParseDay(day); day != "" && err != nil {
			l.fault([]string{"from", "to"}[i], "“{day}”不是日期：请写成 2026-01-31。", "day", day)
			return nil
		}
	}
	l.seen[n] = true
	l.waiting = append(l.waiting, code, parent, name, string(kind), from, to, l.field(row, "successor"))
	if len(l.waiting) >= rowsDurable*7 {
		return l.store()
	}
	return nil
}

// known reports whether a parent is in the tree, or in this file above.
func (l *loader) known(code string) bool {
	if code == "" {
		return true // a province
	}
	n, ok := number(code)
	if !ok {
		return false
	}
	if l.seen[n] {
		return true
	}
	_, ok = l.places.Tree().Get(code)
	return ok
}

// store makes the waiting rows durable. A crash between two calls leaves whole rows, and the import is repeated.
func (l *loader) store() error {
	rows := l.waiting
	err := l.places.d.Write(l.ctx, func(tx *db.Tx) error {
		for i := 0; i < len(rows); i += rowsAtOnce * 7 {
			part := rows[i:min(i+rowsAtOnce*7, len(rows))]
			if err := tx.Put(l.ctx, upsert(len(part)/7), part...); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("division: import: %w", err)
	}
	l.result.Loaded += len(rows) / 7
	l.waiting = l.waiting[:0]
	if l.progress != nil {
		l.progress(l.result.Loaded)
	}
	return nil
}
