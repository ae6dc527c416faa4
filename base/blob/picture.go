package blob

import (
	"bytes"
	"context"
	"encoding/binary"
	"image"
	"image/draw"
	_ "image/gif" // decoder
	"image/jpeg"
	"image/png"
	"io"

	_ "golang.org/x/image/webp" // decoder

	"jishi/base/words"
)

// maxPixels is the largest picture that is opened: 50 million, more than any phone takes by default
// and 200 MB in memory. The size is read from the header, before anything is unpacked.
const maxPixels = 50_000_000

// drawing lets one picture at a time be unpacked, so that ten senders cannot ask for ten times the memory.
var drawing = make(chan struct{}, 1)

// redraw decodes a picture and writes it anew, upright. What a camera notes beside it (place,
// time, device, an unedited thumbnail) and whatever was hidden behind its end does not survive.
// Photographs become JPEG; PNG and GIF become PNG, of a moving GIF the first frame.
func redraw(ctx context.Context, src Source, size int64) (io.Reader, *kind, error) {
	if _, err := src.Seek(0, io.SeekStart); err != nil {
		return nil, nil, err
	}
	conf, format, err := image.DecodeConfig(src)
	if err != nil || conf.Width <= 0 || conf.Height <= 0 {
		return nil, nil, broken()
	}
	if int64(conf.Width)*int64(conf.Height) > maxPixels {
		return nil, nil, words.Refuse(words.TooLarge, "picture-too-large", "这张图片有{width}×{height}像素，太大了。",
			"width", conf.Width, "height", conf.Height).Try("请缩小到5000万像素以内再上传。")
	}
	select {
	case drawing <- struct{}{}:
		defer func() { <-drawing }()
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
	turned := orientation(src, size, format)
	if _, err := src.Seek(0, io.SeekStart); err != nil {
		return nil, nil, err
	}
	img, _, err := image.Decode(&patient{ctx, src})
	if err != nil {
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		return nil, nil, broken()
	}
	return encode(upright(img, turned), format)
}

func encode(img image.Image, format string) (io.Reader, *kind, error) {
	var out bytes.Buffer
	opaque, ok := img.(interface{ Opaque() bool })
	if format == "jpeg" || format == "webp" && ok && opaque.Opaque() {
		err := jpeg.Encode(&out, img, &jpeg.Options{Quality: 88})
		return &out, jpegKind, err
	}
	err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&out, img)
	return &out, pngKind, err
}

// upright applies the EXIF orientation, 1 to 8, as EXIF 2.3 §4.6.4 defines it.
func upright(img image.Image, o int) image.Image {
	if o < 2 || o > 8 {
		return img
	}
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	src := image.NewNRGBA(image.Rect(0, 0, w, h))
	draw.Draw(src, src.Rect, img, b.Min, draw.Src)
	dw, dh := w, h
	if o >= 5 {
		dw, dh = h, w
	}
	dst := image.NewNRGBA(image.Rect(0, 0, dw, dh))
	for y := range dh {
		for x := range dw {
			sx, sy := source(o, x, y, w, h)
			copy(dst.Pix[y*dst.Stride+4*x:][:4], src.Pix[sy*src.Stride+4*sx:][:4])
		}
	}
	return dst
}

// source is the stored pixel that is seen at x, y; w and h are the stored size.
func source(o, x, y, w, h int) (sx, sy int) {
	switch o {
	case 2:
		return w - 1 - x, y
	case 3:
		return w - 1 - x, h - 1 - y
	case 4:
		return x, h - 1 - y
	case 5:
		return y, x
	case 6:
		return y, h - 1 - x
	case 7:
		return w - 1 - y, h - 1 - x
	case 8:
		return w - 1 - y, x
	}
	return x, y
}

// orientation finds the EXIF block of a picture and reads the orientation in it; 1 when there is none.
func orientation(src io.ReaderAt, size int64, format string) int {
	switch format {
	case "jpeg":
		return tiffOrientation(jpegExif(src, size))
	case "png":
		return tiffOrientation(chunk(src, size, 8, "eXIf", binary.BigEndian, true, 4))
	case "webp":
		return tiffOrientation(chunk(src, size, 12, "EXIF", binary.LittleEndian, false, 0))
	}
	return 1
}

// jpegExif walks the segments before the scan: 0xFF, marker, length (which counts itself), data.
func jpegExif(src io.ReaderAt, size int64) []byte {
	var b [4]byte
	for at := int64(2); at+4 <= size; {
		if _, err := src.ReadAt(b[:], at); err != nil || b[0] != 0xff || b[1] == 0xda {
			return nil
		}
		n := int64(binary.BigEndian.Uint16(b[2:]))
		if n < 2 {
			return nil
		}
		if b[1] == 0xe1 {
			data := make([]byte, n-2)
			if _, err := src.ReadAt(data, at+4); err != nil {
				return nil
			}
			if rest, ok := bytes.CutPrefix(data, []byte("Exif\x00\x00")); ok {
				return rest
			}
		}
		at += 2 + n
	}
	return nil
}

// chunk walks the chunks of PNG (length, name, data, check sum) and RIFF (name, length, data, padded to even).
func chunk(src io.ReaderAt, size, at int64, want string, order binary.ByteOrder, lengthFirst bool, trailer int64) []byte {
	var b [8]byte
	for range 10_000 {
		if _, err := src.ReadAt(b[:], at); err != nil {
			return nil
		}
		name, length := b[:4], b[4:]
		if lengthFirst {
			name, length = length, name
		}
		n := int64(order.Uint32(length))
		if string(name) == want && n <= 1<<16 && at+8+n <= size {
			data := make([]byte, n)
			src.ReadAt(data, at+8)
			return bytes.TrimPrefix(data, []byte("Exif\x00\x00"))
		}
		at += 8 + n + trailer
		if !lengthFirst {
			at += n & 1
		}
	}
	return nil
}

// tiffOrientation reads tag 0x0112 of the first directory of a TIFF block.
func tiffOrientation(b []byte) int {
	if len(b) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.BigEndian
	if b[0] == 'I' {
		order = binary.LittleEndian
	}
	at := int64(order.Uint32(b[4:]))
	if at+2 > int64(len(b)) {
		return 1
	}
	n := int64(order.Uint16(b[at:]))
	for i := range n {
		e := at + 2 + 12*i
		if e+12 > int64(len(b)) {
			return 1
		}
		if order.Uint16(b[e:]) == 0x0112 {
			return int(order.Uint16(b[e+8:]))
		}
	}
	return 1
}
