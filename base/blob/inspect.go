package blob

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"jishi/base/words"
)

// Source is a received file; multipart.File and *bytes.Reader are such.
type Source interface {
	io.Reader
	io.ReaderAt
	io.Seeker
}

// Checked is a file that may be kept: what it is was read from its bytes, and pictures were drawn anew.
type Checked struct {
	Name string // cleaned, with the ending that its type has
	Type string // media type
	Body io.Reader
}

// Kept is a stored attachment.
type Kept struct {
	Ref
	Name string
	Type string
}

// Keep inspects and stores one received file. What it refuses is a *words.Refusal.
func (s *Store) Keep(ctx context.Context, name string, src Source) (Kept, error) {
	c, err := Inspect(ctx, name, src)
	if err != nil {
		return Kept{}, err
	}
	ref, err := s.Put(ctx, c.Body, Limit)
	return Kept{ref, c.Name, c.Type}, err
}

// kind is a type that is taken.
type kind struct {
	media string
	ends  []string // the endings it may keep; the first is given when it has another
	body  func(ctx context.Context, src Source, size int64) (io.Reader, *kind, error)
}

var (
	jpegKind = &kind{media: "image/jpeg", ends: []string{"jpg", "jpeg"}}
	pngKind  = &kind{media: "image/png", ends: []string{"png"}}
	textKind = &kind{"text/plain; charset=utf-8", []string{"txt", "csv", "md", "log"}, plainText}
	pdfKind  = &kind{"application/pdf", []string{"pdf"}, wholePDF}
	docxKind = &kind{media: "application/vnd.openxmlformats-officedocument.wordprocessingml.document", ends: []string{"docx"}}
	xlsxKind = &kind{media: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ends: []string{"xlsx"}}
	mp4Kind  = &kind{"video/mp4", []string{"mp4"}, asItIs}
	movKind  = &kind{"video/quicktime", []string{"mov"}, asItIs}
	m4aKind  = &kind{"audio/mp4", []string{"m4a"}, asItIs}
	mp3Kind  = &kind{"audio/mpeg", []string{"mp3"}, asItIs}
	picture  = &kind{body: redraw}
	office   = &kind{body: unzipped}
)

// Inspect decides by the bytes alone what a file is, refuses what is not on the list or is made to
// harm, and removes from pictures what they tell about where and by whom they were taken.
// Sound, film, PDF and office files are kept byte for byte; serve them as downloads only.
func Inspect(ctx context.Context, name string, src Source) (*Checked, error) {
	size, err := src.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, fmt.Errorf("blob: inspect: %w", err)
	}
	switch {
	case size > Limit:
		return nil, tooLarge(Limit)
	case size == 0:
		return nil, words.Refuse(words.Invalid, "attachment-empty", "这个文件是空的。").Try("请在手机或电脑上打开它看看，再重新选择。")
	}
	head := make([]byte, min(size, 1024))
	if _, err := src.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("blob: inspect: %w", err)
	}
	k, err := sniff(head)
	if err != nil {
		return nil, err
	}
	body, exact, err := k.body(ctx, src, size)
	if err != nil {
		return nil, err
	}
	if exact == nil {
		exact = k
	}
	return &Checked{Name: withEnding(CleanName(name), exact.ends), Type: exact.media, Body: body}, nil
}

func sniff(head []byte) (*kind, error) {
	has := func(at int, s string) bool { return len(head) >= at+len(s) && string(head[at:at+len(s)]) == s }
	switch {
	case has(0, "\xff\xd8\xff"), has(0, "\x89PNG\r\n\x1a\n"), has(0, "GIF87a"), has(0, "GIF89a"), has(0, "RIFF") && has(8, "WEBP"):
		return picture, nil
	case has(0, "%PDF-"):
		return pdfKind, nil
	case has(0, "PK\x03\x04"):
		return office, nil
	case has(4, "ftyp"):
		return film(string(head[8:min(12, len(head))]))
	case has(0, "ID3"), mp3Frame(head):
		return mp3Kind, nil
	}
	if texty(head) {
		return textKind, nil
	}
	return nil, notTaken()
}

// film reads the major brand of an ISO base media file.
func film(brand string) (*kind, error) {
	switch brand {
	case "M4A ", "M4B ":
		return m4aKind, nil
	case "qt  ":
		return movKind, nil
	case "heic", "heix", "mif1", "msf1", "hevc", "avif":
		return nil, words.Refuse(words.Invalid, "picture-heic", "这张照片是HEIC格式，多数办公电脑打不开。").
			Try("请在手机“设置—相机—格式”中选“兼容性最佳”后重拍，或把照片截屏后上传截图。")
	case "isom", "iso2", "iso4", "iso5", "iso6", "mp41", "mp42", "avc1", "M4V ", "3gp4", "3gp5", "3gp6", "MSNV", "dash":
		return mp4Kind, nil
	}
	return nil, notTaken()
}

// mp3Frame knows an MPEG audio layer III frame header: sync, version, layer, bit rate and sampling rate.
func mp3Frame(head []byte) bool {
	if len(head) < 4 {
		return false
	}
	h := binary.BigEndian.Uint32(head)
	return h>>21 == 0x7ff && h>>19&3 != 1 && h>>17&3 == 1 && h>>12&15 != 0 && h>>12&15 != 15 && h>>10&3 != 3
}

func notTaken() error {
	return words.Refuse(words.Invalid, "attachment-type", "这种文件不能上传。").
		Try("可以上传照片（JPG、PNG、GIF、WebP）、PDF、Word（docx）、Excel（xlsx）、视频（MP4）、录音（MP3、M4A）和文本（txt）。别的文件请先转换，或打印后拍照上传。")
}

func broken() error {
	return words.Refuse(words.Invalid, "attachment-broken", "这个文件已损坏，打不开。").Try("请在手机或电脑上打开它看看，再重新选择。")
}

func asItIs(_ context.Context, src Source, _ int64) (io.Reader, *kind, error) {
	_, err := src.Seek(0, io.SeekStart)
	return src, nil, err
}

// wholePDF: a PDF that was cut off while being sent has no end mark.
func wholePDF(ctx context.Context, src Source, size int64) (io.Reader, *kind, error) {
	tail := make([]byte, min(size, 2048))
	if _, err := src.ReadAt(tail, size-int64(len(tail))); err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, err
	}
	if !bytes.Contains(tail, []byte("%%EOF")) {
		return nil, nil, broken()
	}
	return asItIs(ctx, src, size)
}

// texty is a first look: a rune cut at the end of head is forgiven.
func texty(head []byte) bool {
	for len(head) > 0 {
		r, n := utf8.DecodeRune(head)
		if r == utf8.RuneError && n == 1 {
			// Chinese text in the old encodings goes on to be refused with its own sentence.
			return len(head) < utf8.UTFMax || head[0] >= 0x80
		}
		if control(r) {
			return false
		}
		head = head[n:]
	}
	return true
}

func control(r rune) bool {
	return r < 0x20 && r != '\n' && r != '\r' && r != '\t' && r != '\f' || r == 0x7f
}

func plainText(ctx context.Context, src Source, size int64) (io.Reader, *kind, error) {
	if _, err := src.Seek(0, io.SeekStart); err != nil {
		return nil, nil, err
	}
	all, err := io.ReadAll(&patient{ctx, src})
	if err != nil {
		return nil, nil, err
	}
	if !utf8.Valid(all) {
		if hidden(all) {
			return nil, nil, notTaken()
		}
		return nil, nil, words.Refuse(words.Invalid, "text-encoding", "这个文本文件不是UTF-8编码，别人打开会是乱码。").
			Try("请用记事本打开，“另存为”时编码选UTF-8，再上传。")
	}
	if hidden(all) {
		return nil, nil, notTaken()
	}
	return bytes.NewReader(bytes.TrimPrefix(all, []byte("\xef\xbb\xbf"))), nil, nil
}

func hidden(b []byte) bool { return bytes.ContainsFunc(b, func(r rune) bool { return control(r) }) }
