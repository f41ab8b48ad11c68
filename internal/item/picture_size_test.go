package item

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"testing"

	"infolettre/internal/message"
)

// frame returns a JPEG with only a frame header, which determines the memory that a decoder
// takes.
func frame(marker byte, components ...byte) []byte {
	b := []byte{0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 0, 0, 0xFF, marker, 0, byte(8 + 3*len(components)), 8, 0, 100, 0, 200, byte(len(components))}
	for i, sampling := range components {
		b = append(b, byte(i+1), sampling, 0)
	}
	return append(b, 0xFF, 0xDA)
}

func TestDecodedSize_BoundsMemory(t *testing.T) {
	t.Parallel()
	const pixels = 200 * 100
	for name, c := range map[string]struct {
		data []byte
		want int
	}{
		"4:2:0":              {frame(0xC0, 0x22, 0x11, 0x11), pixels * 3 / 2},
		"4:4:4":              {frame(0xC1, 0x11, 0x11, 0x11), pixels * 3},
		"gray":               {frame(0xC0, 0x11), pixels},
		"CMYK":               {frame(0xC0, 0x11, 0x11, 0x11, 0x11), pixels * 4},
		"progressive 4:2:0":  {frame(0xC2, 0x22, 0x11, 0x11), pixels * 3 / 2 * 5},
		"no header":          {[]byte{0xFF, 0xD8, 0xFF, 0xE0, 0, 4, 0, 0}, pixels * 20},
		"header cut short":   {frame(0xC0, 0x22, 0x11, 0x11)[:20], pixels * 20},
		"scan before header": {[]byte{0xFF, 0xD8, 0xFF, 0xDA, 0, 4, 0, 0, 0, 0, 0, 0}, pixels * 20},
	} {
		if got := decodedSize(c.data, "jpeg", image.Config{Width: 200, Height: 100}); got != c.want {
			t.Errorf("%s: %d octets, want %d", name, got, c.want)
		}
	}
	for _, c := range []struct {
		img  image.Image
		each int
	}{
		{image.NewGray(image.Rect(0, 0, 200, 100)), 1},
		{image.NewGray16(image.Rect(0, 0, 200, 100)), 2},
		{image.NewNRGBA(image.Rect(0, 0, 200, 100)), 4},
		{image.NewNRGBA64(image.Rect(0, 0, 200, 100)), 8},
		{image.NewPaletted(image.Rect(0, 0, 200, 100), color.Palette{color.Black, color.White}), 1},
	} {
		var b bytes.Buffer
		if err := png.Encode(&b, c.img); err != nil {
			t.Fatal(err)
		}
		conf, format, err := image.DecodeConfig(bytes.NewReader(b.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		if got := decodedSize(b.Bytes(), format, conf); got != pixels*c.each {
			t.Errorf("%T: %d octets a pixel", c.img, got/pixels)
		}
	}
}

// A large picture keeps its proportions and its colours, approximately.
func TestPhoto_LargePictureIsScaled(t *testing.T) {
	t.Parallel()
	img := image.NewRGBA(image.Rect(0, 0, 4001, 3003))
	for y := range 3003 {
		for x := range 4001 {
			img.Set(x, y, color.RGBA{byte(x / 16), byte(y / 12), 80, 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatal(err)
	}
	made, _, err := photo(message.Part{Type: "image/jpeg", Data: b.Bytes()}, maxDecoded, NewDecodeLimit())
	if err != nil {
		t.Fatal(err)
	}
	if made.Width != 1200 || made.Height < 899 || made.Height > 901 {
		t.Errorf("%d by %d pixels", made.Width, made.Height)
	}
	out, err := jpeg.Decode(bytes.NewReader(made.Data))
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []image.Point{{10, 10}, {600, 450}, {1190, 890}} {
		r, g, _, _ := out.At(at.X, at.Y).RGBA()
		wantR, wantG := at.X*4001/1200/16, at.Y*3003/900/12
		if d := int(r>>8) - wantR; d < -6 || d > 6 {
			t.Errorf("at %v: red %d, want %d", at, r>>8, wantR)
		}
		if d := int(g>>8) - wantG; d < -6 || d > 6 {
			t.Errorf("at %v: green %d, want %d", at, g>>8, wantG)
		}
	}
}
