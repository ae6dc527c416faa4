package sheet

import (
	"archive/zip"
	"bytes"
	"io"
	"path"
	"strings"

	"jishi/base/words"
)

// What a packed file may hold besides its tables. The library takes the small parts into memory whole, and a text of one
// cell too, so a file that unpacks to nothing but one text must be told before it is opened.
const (
	mostParts  = 5000
	mostOther  = 48 << 20 // of all parts that are no tables: pictures, styles
	mostRun    = 1 << 20  // from one sign of the markup to the next; a cell holds 32,767 characters at most
	mostCells  = 16 << 20 // tags of one part: a hundred thousand rows of thirty columns have eleven million
	wordMarkup = 24 << 20 // of a document, which is read whole
)

// notSheets are files that people bring instead of a table, by how they begin.
var notSheets = []string{"%PDF", "\x89PNG", "\xff\xd8\xff", "GIF8", "RIFF", "\x1f\x8b", "7z\xbc\xaf", "Rar!", "MZ", "\x7fELF", "{\\rtf"}

// known tells at once what a file is that is no table, from its first bytes.
func known(data []byte) error {
	head := bytes.ToLower(bytes.TrimSpace(bytes.TrimPrefix(data[:min(len(data), 512)], []byte("\xef\xbb\xbf"))))
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		return refuse("文件是空的。", "请核对选的是不是这个文件，保存好以后再选一次。")
	case bytes.HasPrefix(data, []byte("\xd0\xcf\x11\xe0")):
		if bytes.Contains(data, utf16("EncryptedPackage")) {
			return words.Refuse(words.Invalid, "sheet-locked", "文件加了密码，没有打开。").Try("请在表格软件里去掉打开密码，另存为 .xlsx 后再导入。")
		}
		return refuse("这是旧格式（.xls、.doc）的文件，不能读取。", "请另存为 .xlsx 或 .csv 后再导入。")
	case bytes.HasPrefix(head, []byte("<html")), bytes.HasPrefix(head, []byte("<!doctype")), bytes.HasPrefix(head, []byte("<?xml")):
		return refuse("这是网页，不是电子表格：有的系统导出的“.xls”其实是网页。", "请用表格软件打开并另存为 .xlsx 后再导入。")
	}
	for _, sign := range notSheets {
		if bytes.HasPrefix(data, []byte(sign)) {
			return refuse("这不是电子表格：是图片、文档或者别的文件。", "请选 .xlsx 或 .csv 文件；纸上的或者图片里的表，请先录成电子表格。")
		}
	}
	return nil
}

func utf16(s string) []byte {
	var b []byte
	for _, r := range s {
		b = append(b, byte(r), byte(r>>8))
	}
	return b
}

// frame looks at the parts of the archive before anything of it is opened: no macros, and nothing that unpacks without
// end. It reads the tables through once, without keeping them.
func (b *Book) frame(z *zip.Reader) (word bool, err error) {
	var unpacked, other uint64
	for _, f := range z.File {
		unpacked += f.UncompressedSize64
		if !isTable(f.Name) {
			other += f.UncompressedSize64
		}
		word = word || f.Name == "word/document.xml"
		if strings.EqualFold(path.Base(f.Name), "vbaProject.bin") {
			return word, words.Refuse(words.Invalid, "sheet-with-macros", "这个文件带有宏，没有打开。").Try("请另存为不带宏的 .xlsx 后再导入。")
		}
	}
	if unpacked > uint64(b.limits.Unpacked) || len(z.File) > mostParts {
		return word, tooMuch(b.limits.Unpacked)
	}
	if other > mostOther {
		return word, tooMuch(mostOther)
	}
	for _, f := range z.File {
		if isTable(f.Name) {
			if err := b.look(f); err != nil {
				return word, err
			}
		}
	}
	return word, nil
}

func isTable(name string) bool {
	return strings.HasPrefix(name, "xl/worksheets/") || strings.EqualFold(name, "xl/sharedStrings.xml") || name == "word/document.xml"
}

func tooMuch(n int64) error {
	return words.Refuse(words.TooLarge, "sheet-too-large", "文件解压后超过{n}兆字节。", "n", n>>20).Try("请删去图片和多余的工作表，或分成几个文件导入。")
}

// look reads one part through: how far it is from each sign of the markup to the next, and how many there are.
func (b *Book) look(f *zip.File) error {
	most := b.limits.Unpacked
	if f.Name == "word/document.xml" {
		most = wordMarkup
	}
	in, err := f.Open()
	if err != nil {
		return broken()
	}
	defer in.Close()
	var m markup
	buf := make([]byte, 64<<10)
	for read := int64(0); ; {
		n, err := in.Read(buf)
		if read += int64(n); read > most {
			return tooMuch(most)
		}
		if !m.take(buf[:n]) {
			return words.Refuse(words.Invalid, "sheet-too-large", "文件里有一格大得不像表格的内容，没有打开。").Try("请新建一个表格，只把要的内容粘贴进去，再导入。")
		}
		if err == io.EOF {
			if r := int(m.rows); strings.HasPrefix(f.Name, "xl/worksheets/") && r > b.rows {
				b.rows = r
			}
			return nil
		}
		if err != nil {
			return broken()
		}
	}
}

// markup follows the signs < and > of an XML text. Inside <!…> neither counts: no table needs one, and a reader would
// take it whole.
type markup struct {
	open, shut, tags, rows int64
	bang                   bool
	last                   [3]byte
}

func (m *markup) take(b []byte) bool {
	for _, c := range b {
		m.open++
		m.shut++
		switch {
		case m.bang:
			m.bang = c != '>' || m.last[2] != ']' && m.last[2] != '-'
		case c == '<':
			m.open = 0
			m.tags++
		case c == '>':
			m.shut = 0
		case c == '!' && m.last[2] == '<':
			m.bang = true
		case c == 'w' && m.last == [3]byte{'<', 'r', 'o'}:
			m.rows++
		}
		if m.open > mostRun || m.shut > mostRun || m.tags > mostCells {
			return false
		}
		m.last = [3]byte{m.last[1], m.last[2], c}
	}
	return true
}
