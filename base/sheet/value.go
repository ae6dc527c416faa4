package sheet

import (
	"bufio"
	"bytes"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/unicode/norm"

	"jishi/base/calendar"
)

// Text is r in UTF-8: what begins as UTF-16 is that, and what is not UTF-8 in its first 64 KB is taken for GB18030, of
// which GBK is a part.
func Text(r io.Reader) *bufio.Reader {
	const look = 64 << 10
	b := bufio.NewReaderSize(r, look)
	head, _ := b.Peek(look)
	if bytes.HasPrefix(head, []byte("\xef\xbb\xbf")) {
		b.Discard(3)
		return b
	}
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) {
		return bufio.NewReader(unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Reader(b))
	}
	// The end of the look may cut a character in two.
	for full := len(head) == look; full && len(head) > look-utf8.UTFMax && !utf8.Valid(head); {
		head = head[:len(head)-1]
	}
	if utf8.Valid(head) {
		return b
	}
	return bufio.NewReader(simplifiedchinese.GB18030.NewDecoder().Reader(b))
}

// Days as a spreadsheet's number: smaller or larger is another number.
const (
	firstSerial = 20_000 // 1954
	lastSerial  = 80_000 // 2119
)

// Day takes the ways in which people and spreadsheets write a day; ok is false for what is none of them.
func Day(s string) (d calendar.Day, ok bool) {
	s = Plain(s)
	if n, err := strconv.ParseFloat(s, 64); err == nil && n >= firstSerial && n <= lastSerial {
		t, err := excelize.ExcelDateToTime(math.Floor(n), false)
		return calendar.Day(t.Format("2006-01-02")), err == nil
	}
	s = strings.TrimSuffix(strings.NewReplacer("/", "-", ".", "-", "年", "-", "月", "-").Replace(s), "日")
	t, err := time.Parse("2006-1-2", s)
	return calendar.Day(t.Format("2006-01-02")), err == nil
}

// Plain is the cell in half width without blanks around it: １２ is 12.
func Plain(s string) string { return strings.TrimSpace(norm.NFKC.String(s)) }

// Number takes a number as people write it, with full-width digits and commas; ok is false for anything else.
func Number(s string) (n float64, ok bool) {
	n, err := strconv.ParseFloat(strings.ReplaceAll(Plain(s), ",", ""), 64)
	return n, err == nil && !math.IsInf(n, 0) && !math.IsNaN(n)
}

// Column is the letter of a column, from 1.
func Column(n int) string {
	s, err := excelize.ColumnNumberToName(n)
	if err != nil {
		return "?"
	}
	return s
}

// Cell is the name of a cell, as B7.
func Cell(row, col int) string { return Column(col) + strconv.Itoa(row) }
