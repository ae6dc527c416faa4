package blob

import (
	"archive/zip"
	"context"
	"io"
	"strings"

	"jishi/base/words"
)

// What an office file may unpack to. Written text packs about twentyfold; a bomb a thousandfold.
const (
	maxUnpacked = 200 << 20
	maxRatio    = 100
	maxParts    = 5000
)

// unzipped takes a zip only when it is a Word or Excel file without macros. Its parts are really
// unpacked and counted: the sizes that a zip states are its maker's word.
func unzipped(ctx context.Context, src Source, size int64) (io.Reader, *kind, error) {
	z, err := zip.NewReader(src, size)
	if err != nil {
		return nil, nil, broken()
	}
	k, err := officeKind(z)
	if err != nil {
		return nil, nil, err
	}
	left := min(int64(maxUnpacked), maxRatio*size+1<<20)
	for _, f := range z.File {
		n, err := unpack(ctx, f, left+1)
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		if left -= n; left < 0 {
			return nil, nil, bomb()
		}
		if err != nil {
			return nil, nil, broken()
		}
	}
	body, _, err := asItIs(ctx, src, size)
	return body, k, err
}

func officeKind(z *zip.Reader) (*kind, error) {
	if len(z.File) > maxParts {
		return nil, bomb()
	}
	has := map[string]bool{}
	for _, f := range z.File {
		has[f.Name] = true
		if strings.HasSuffix(strings.ToLower(f.Name), "vbaproject.bin") {
			return nil, words.Refuse(words.Invalid, "attachment-macro", "这个文件带有宏程序，不能上传。").
				Try("请另存为不带宏的docx或xlsx，或另存为PDF后上传。")
		}
	}
	switch {
	case has["[Content_Types].xml"] && has["word/document.xml"]:
		return docxKind, nil
	case has["[Content_Types].xml"] && has["xl/workbook.xml"]:
		return xlsxKind, nil
	}
	return nil, words.Refuse(words.Invalid, "attachment-archive", "压缩包不能上传。").Try("请解压后把里面的文件一个一个上传。")
}

func unpack(ctx context.Context, f *zip.File, limit int64) (int64, error) {
	r, err := f.Open()
	if err != nil {
		return 0, err
	}
	defer r.Close()
	return io.Copy(io.Discard, io.LimitReader(&patient{ctx, r}, limit))
}

func bomb() error {
	return words.Refuse(words.TooLarge, "attachment-bomb", "这个文件解开后大得不正常，不能上传。").Try("请另存为PDF后上传。")
}
