package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"runtime"
	"time"

	"github.com/xuri/excelize/v2"

	"jishi/base/sheet"
	"jishi/module/collect"
	"jishi/rules"
)

// quality is how well the matcher does on one part of the labelled fields: each rate with its numerator and denominator.
type quality struct {
	Op        string  `json:"op"`
	Part      string  `json:"part"`
	Fields    int     `json:"fields"`
	First     int     `json:"first"`
	Suggested int     `json:"suggested"`
	Precision float64 `json:"precision"`
	Within    int     `json:"within"`
	Known     int     `json:"known"`
	Recall    float64 `json:"recall"`
}

// took is one measurement of asking once beside its limit in the same run.
type took struct {
	Op     string `json:"op"`
	N      int    `json:"n"`
	MS     int64  `json:"ms"`
	Of     string `json:"limit"`    // what the limit is
	Limit  int64  `json:"limit_ms"` // of the same run
	PeakMB int64  `json:"peak_mb,omitempty"`
}

// collecting measures the matcher, the import of a catalogue and the layouts. None of it needs a database.
func (b *benchmark) collecting() error {
	out := json.NewEncoder(b.stdout)
	for _, x := range []struct {
		op string
		do func(*json.Encoder) error
	}{{"match", b.matching}, {"import", b.importing}, {"layouts", b.layouts}} {
		if !b.has(x.op) {
			continue
		}
		if err := x.do(out); err != nil {
			return fmt.Errorf("%s: %w", x.op, err)
		}
	}
	return nil
}

// matching measures precision and recall on both parts, and the time for a form of 200 fields against 50,000 elements.
func (b *benchmark) matching(out *json.Encoder) error {
	elements, err := collect.Shipped(rules.FS)
	if err != nil {
		return err
	}
	w, err := collect.LoadWords(rules.FS)
	if err != nil {
		return err
	}
	m := collect.NewMatcher(w, elements, nil)
	var form collect.Form
	for _, part := range []string{"tuning", "heldout"} {
		fields, err := collect.LabelledFields(part)
		if err != nil {
			return err
		}
		for _, f := range fields {
			form.Fields = append(form.Fields, collect.Field{N: len(form.Fields) + 1, Label: f.Label, Samples: f.Samples, Element: f.Element, Decided: "-"})
		}
		r := m.Measure(fields)
		if err := out.Encode(quality{"match", part, r.Fields, r.First, r.Suggested, r.Precision(), r.Within, r.Known, r.Recall()}); err != nil {
			return err
		}
	}
	form.Fields = form.Fields[:200]
	return b.large(out, w, elements, form)
}

// large multiplies the catalogue to 50,000 elements, each copy under a name of its own.
func (b *benchmark) large(out *json.Encoder, w *collect.Words, elements []collect.Element, form collect.Form) error {
	var many []collect.Element
	for n := 0; len(many) < 50_000; n++ {
		for _, e := range elements {
			if n > 0 {
				e.ID, e.Title, e.Synonyms = fmt.Sprintf("%s.%d", e.ID, n), fmt.Sprintf("%s第%d类", e.Title, n), nil
			}
			many = append(many, e)
		}
	}
	many = many[:50_000]
	start := time.Now()
	raw := 0 // the limit: looking at each element's title once for each field
	for _, f := range form.Fields {
		for i := range many {
			if many[i].Title == f.Label {
				raw++
			}
		}
	}
	limit := time.Since(start)
	byID := map[string]collect.Element{}
	for _, e := range many {
		byID[e.ID] = e
	}
	start = time.Now()
	m := collect.NewMatcher(w, many, nil)
	if err := out.Encode(took{Op: "match-index", N: len(many), MS: time.Since(start).Milliseconds(), Of: "comparing 200 labels with 50,000 titles", Limit: limit.Milliseconds()}); err != nil {
		return err
	}
	start = time.Now()
	for _, f := range form.Fields {
		m.Match(collect.AskOf(f))
	}
	collect.Overlap(form, byID, []collect.Form{form}, nil)
	return out.Encode(took{Op: "match-200-of-50000", N: len(form.Fields), MS: time.Since(start).Milliseconds(), Of: "comparing 200 labels with 50,000 titles", Limit: limit.Milliseconds()})
}

const importRows = 100_000

// importing reads a catalogue of a hundred thousand rows, beside the bare reading of the same file.
func (b *benchmark) importing(out *json.Encoder) error {
	rows := [][]any{{"编号", "名称", "定义", "类型", "单位", "共享属性"}}
	for i := range importRows {
		rows = append(rows, []any{fmt.Sprintf("bench.e%d", i), fmt.Sprintf("数据元%d", i), "为测量写的定义", "整数", "个", "无条件共享"})
	}
	file, err := collect.Spreadsheet(rows)
	if err != nil {
		return err
	}
	rows = nil
	start := time.Now()
	if err := bare(file); err != nil {
		return err
	}
	limit := time.Since(start)
	runtime.GC()
	stop := make(chan struct{})
	peak := watchHeap(stop)
	start = time.Now()
	book, err := sheet.Open(file, sheet.Office)
	if err != nil {
		return err
	}
	defer book.Close()
	heard := 0
	r, err := collect.ReadElements(book, func(string) (string, bool) { return "", false }, func(n int) { heard = n })
	took1 := time.Since(start)
	close(stop)
	if err != nil {
		return err
	}
	if len(r.Elements) != importRows || heard != importRows {
		return fmt.Errorf("%d of %d rows were taken, progress came to %d", len(r.Elements), importRows, heard)
	}
	return out.Encode(took{Op: "import-100000", N: importRows, MS: took1.Milliseconds(), Of: "reading the same XLSX without looking at it", Limit: limit.Milliseconds(), PeakMB: <-peak})
}

func bare(file []byte) error {
	f, err := excelize.OpenReader(bytes.NewReader(file), excelize.Options{UnzipXMLSizeLimit: 8 << 20})
	if err != nil {
		return err
	}
	defer f.Close()
	in, err := f.Rows("Sheet1")
	if err != nil {
		return err
	}
	defer in.Close()
	for in.Next() {
		if _, err := in.Columns(); err != nil {
			return err
		}
	}
	return nil
}

// watchHeap tells how high the heap went until stop, in megabytes.
func watchHeap(stop <-chan struct{}) <-chan int64 {
	peak := make(chan int64, 1)
	go func() {
		var high uint64
		for {
			var s runtime.MemStats
			runtime.ReadMemStats(&s)
			high = max(high, s.HeapInuse+s.StackInuse)
			select {
			case <-stop:
				peak <- int64(high >> 20)
				return
			case <-time.After(50 * time.Millisecond):
			}
		}
	}()
	return peak
}

// layouts produces sixty departments' layouts of twenty columns for thirty villages, beside writing the same cells bare.
func (b *benchmark) layouts(out *json.Encoder) error {
	f := collect.Form{ID: "bench", Title: "测量", LayoutName: "bench.xlsx", Layout: "x"}
	header, elements := []any{}, map[string]collect.Element{}
	for i := range 20 {
		id := fmt.Sprintf("bench.e%d", i)
		header = append(header, id)
		elements[id] = collect.Element{ID: id, Type: "int", Subject: "place"}
		f.Fields = append(f.Fields, collect.Field{N: i + 1, Label: id, Element: id, Sheet: "Sheet1", Row: 1, Col: i + 1, Below: true})
	}
	var places []collect.Place
	var plain [][]any
	for v := range 30 {
		p := collect.Place{Name: fmt.Sprintf("村%d", v)}
		var row []any
		for i := range 20 {
			p.Cells = append(p.Cells, collect.Cell{Element: f.Fields[i].Element, Value: fmt.Sprint(v * i)})
			row = append(row, v*i)
		}
		places, plain = append(places, p), append(plain, row)
	}
	original, err := collect.Spreadsheet([][]any{header})
	if err != nil {
		return err
	}
	start := time.Now()
	for range 60 {
		if _, err := collect.Spreadsheet(append([][]any{header}, plain...)); err != nil {
			return err
		}
	}
	limit := time.Since(start)
	start = time.Now()
	for range 60 {
		p, err := collect.Produce(f, elements, original, places)
		if err != nil {
			return err
		}
		if p.Filled != 600 {
			return fmt.Errorf("%d of 600 cells were filled", p.Filled)
		}
	}
	return out.Encode(took{Op: "layouts-60-of-30", N: 60, MS: time.Since(start).Milliseconds(), Of: "writing the same cells into new files", Limit: limit.Milliseconds()})
}
