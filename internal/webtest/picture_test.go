//go:build chromium

package webtest

import (
	"bytes"
	"cmp"
	"image"
	"image/color"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// picture keeps what the page looks like in docs/ui, where that is asked for.
func (p *tab) picture(t *testing.T, name string) {
	t.Helper()
	if !*screenshots || name == "" {
		return
	}
	taken, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	require.NoError(t, err)
	shot, err := png.Decode(bytes.NewReader(taken))
	require.NoError(t, err)
	var small bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	require.NoError(t, encoder.Encode(&small, fewColors(shot)))
	folder := filepath.Join("..", "..", "docs", "ui")
	require.NoError(t, os.MkdirAll(folder, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(folder, name+".png"), small.Bytes(), 0o644))
}

// fewColors paints with the 256 commonest colours, which makes a page's picture a third as large.
func fewColors(shot image.Image) image.Image {
	count := map[color.RGBA]int{}
	each(shot, func(_, _ int, c color.RGBA) { count[c]++ })
	commonest := slices.SortedFunc(maps.Keys(count), func(a, b color.RGBA) int { return cmp.Compare(count[b], count[a]) })
	var palette color.Palette
	for _, c := range commonest[:min(256, len(commonest))] {
		palette = append(palette, c)
	}
	nearest := map[color.RGBA]uint8{}
	painted := image.NewPaletted(shot.Bounds(), palette)
	each(shot, func(x, y int, c color.RGBA) {
		index, known := nearest[c]
		if !known {
			index = uint8(palette.Index(c))
			nearest[c] = index
		}
		painted.SetColorIndex(x, y, index)
	})
	return painted
}

// each calls fn with the colours in steps of eight, so that shades of one count as one.
func each(shot image.Image, fn func(x, y int, c color.RGBA)) {
	step := func(v uint32) uint8 { return uint8(min(255, (v>>8+4)/8*8)) }
	for y := range shot.Bounds().Dy() {
		for x := range shot.Bounds().Dx() {
			r, g, b, _ := shot.At(x, y).RGBA()
			fn(x, y, color.RGBA{step(r), step(g), step(b), 255})
		}
	}
}
