package paper

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// The face the program carries: Noto Serif SC, all Han of the basic block and extension A.
// tools/fonts/refresh.sh makes it; fonts/OFL.txt is its licence.
//
//go:embed fonts/serif.ttf.gz
var serifFile []byte

// face is a TrueType font: its bytes once in memory, read in place by everyone.
type face struct {
	name string
	data []byte
	font *sfnt.Font
	far  map[sfnt.GlyphIndex]rune // glyphs of Han beyond U+FFFF, at their second address
}

// serif is unpacked when the first document is set, not when the program starts.
var serif = sync.OnceValues(func() (*face, error) {
	r, err := gzip.NewReader(bytes.NewReader(serifFile))
	if err != nil {
		return nil, fmt.Errorf("paper: the embedded font: %w", err)
	}
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("paper: the embedded font: %w", err)
	}
	return newFace("serif", bytes.Clone(data))
})

func newFace(name string, data []byte) (*face, error) {
	f, err := sfnt.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("paper: font %s: %w", name, err)
	}
	a := &face{name: name, data: data, font: f, far: map[sfnt.GlyphIndex]rune{}}
	var b sfnt.Buffer
	for r := rune(0xE000); r < 0xF8FF; r++ {
		g, err := f.GlyphIndex(&b, r)
		if err != nil || g == 0 {
			break
		}
		a.far[g] = r
	}
	return a, nil
}

// glyph is one character to be set.
type glyph struct {
	r    rune    // what was written
	code rune    // where the face has it, below U+10000
	face *face   // the face that has it
	em   float64 // its advance, in ems
}

// missing stands for a character no face has: a printer's 〓, never a gap.
const missing = '〓'

// find is r in this face.
func (a *face) find(r rune, b *sfnt.Buffer) (glyph, bool) {
	i, err := a.font.GlyphIndex(b, r)
	if err != nil || i == 0 {
		return glyph{}, false
	}
	code := r
	if r > 0xFFFF {
		if code = a.far[i]; code == 0 {
			return glyph{}, false
		}
	}
	w, err := a.font.GlyphAdvance(b, i, fixed.I(1000), font.HintingNone)
	if err != nil {
		return glyph{}, false
	}
	return glyph{r: r, code: code, face: a, em: float64(w) / 64 / 1000}, true
}

// role is what a line of text is, and so which face it is set in.
type role int

const (
	body   role = iota // 仿宋
	title              // 小标宋
	black              // 黑体, headings of level 1
	script             // 楷体, headings of level 2
	roles
)

// Option changes how a document is set.
type Option func(*setting)

type setting struct{ faces [roles]*face }

// operatorFiles are the file names looked for in the operator's folder, in lower case: the faces the
// standard names are not free, so who has a licence adds them.
var operatorFiles = [roles][]string{
	body:   {"fangsong.ttf", "fangsong_gb2312.ttf", "simfang.ttf", "仿宋_gb2312.ttf", "仿宋.ttf"},
	title:  {"xiaobiaosong.ttf", "fzxbsjw.ttf", "方正小标宋简体.ttf", "小标宋.ttf"},
	black:  {"heiti.ttf", "simhei.ttf", "黑体.ttf"},
	script: {"kaiti.ttf", "kaiti_gb2312.ttf", "simkai.ttf", "楷体_gb2312.ttf", "楷体.ttf"},
}

// Fonts takes 仿宋, 小标宋, 黑体 and 楷体 from TrueType files in dir where they are present
// (FangSong.ttf, XiaoBiaoSong.ttf, HeiTi.ttf, KaiTi.ttf); each that is absent stays the embedded
// face. Call it once at start and pass the option to every PDF: the files are held in memory. The
// error says which file cannot be used.
func Fonts(dir string) (Option, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("paper: font folder: %w", err)
	}
	var s setting
	for role, names := range operatorFiles {
		if s.faces[role], err = pick(dir, entries, names); err != nil {
			return nil, err
		}
	}
	return func(to *setting) {
		for role, f := range s.faces {
			if f != nil {
				to.faces[role] = f
			}
		}
	}, nil
}

// pick is the first of names that dir holds, nil when it holds none.
func pick(dir string, entries []fs.DirEntry, names []string) (*face, error) {
	for _, name := range names {
		for _, e := range entries {
			if strings.ToLower(e.Name()) != name {
				continue
			}
			data, err := os.ReadFile(filepath.Join(dir, e.Name()))
			if err != nil {
				return nil, fmt.Errorf("paper: %w", err)
			}
			f, err := newFace(e.Name(), data)
			if err != nil {
				return nil, err
			}
			clear(f.far) // a private area that is not ours means something else
			return f, try(f)
		}
	}
	return nil, nil
}

// try sets one line in the face: the PDF writer must accept at start what it will be given later.
func try(f *face) error {
	if _, ok := f.find('国', new(sfnt.Buffer)); !ok {
		return fmt.Errorf("paper: font %s has no Chinese characters", f.name)
	}
	err := Doc{Title: "国"}.PDF(io.Discard, func(s *setting) { s.faces[title] = f })
	if err != nil {
		return errors.Join(fmt.Errorf("paper: font %s cannot be used; it must be TrueType (glyf)", f.name), err)
	}
	return nil
}
