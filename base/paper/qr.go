package paper

import (
	"fmt"
	"html"
	"strings"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"
)

const quiet = 4 // modules of white around a code (GB/T 18284, ISO/IEC 18004)

// QR draws text as a QR code: an SVG of one path, with its quiet zone, named by text for those who
// do not see it. The empty string when text is empty or longer than a code can hold (some 2,300 bytes).
func QR(text string) string {
	text = Clean(text)
	code, err := encode(text)
	if err != nil {
		return ""
	}
	n := code.Bounds().Dx()
	var path strings.Builder
	bars(code, func(x, y, w int) {
		fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", x+quiet, y+quiet, w, w)
	})
	side := n + 2*quiet
	return fmt.Sprintf(`<svg class="qr" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" shape-rendering="crispEdges"><title>%s</title><path fill="#fff" d="M0 0h%dv%dH0z"/><path d="%s"/></svg>`,
		side, side, html.EscapeString(text), side, side, path.String())
}

func encode(text string) (barcode.Barcode, error) {
	if text == "" {
		return nil, fmt.Errorf("paper: nothing to encode")
	}
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return nil, fmt.Errorf("paper: QR code of %d bytes: %w", len(text), err)
	}
	return code, nil
}

// bars calls draw for every horizontal run of dark modules.
func bars(code barcode.Barcode, draw func(x, y, w int)) {
	b := code.Bounds()
	dark := func(x, y int) bool {
		if x >= b.Dx() {
			return false
		}
		r, _, _, _ := code.At(b.Min.X+x, b.Min.Y+y).RGBA()
		return r == 0
	}
	for y := range b.Dy() {
		for x := 0; x < b.Dx(); x++ {
			w := 0
			for dark(x+w, y) {
				w++
			}
			if w > 0 {
				draw(x, y, w)
				x += w
			}
		}
	}
}
