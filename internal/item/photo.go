package item

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	_ "image/gif" // registers its decoder
	"image/jpeg"
	"image/png"
	"path"
	"runtime/debug"
	"strings"

	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp" // registers its decoder
	"golang.org/x/sync/semaphore"

	"infolettre/internal/message"
)

// Limits of the pictures of one message. A picture that exceeds them stays an attachment.
const (
	maxPictures   = 20
	maxPixels     = 1 << 27   // of one picture
	maxSide       = 30000     // pixels
	maxDecoded    = 80 << 20  // octets of memory to decode one picture
	maxDecodedAll = 160 << 20 // for all pictures of a message, one after the other
	collectAfter  = 32 << 20  // after decoding this many octets, memory is returned to the system
	photoWidth    = 1200      // pixels of the longer side: twice the column of an issue, for high-resolution screens
	tinyImage     = 48        // pixels: smaller in both directions is an icon or a tracker
	jpegQuality   = 82
)

var errNotPhoto = errors.New("too small to be a photograph")

// photos are the processed pictures of a message, by the index of their part.
type photos struct {
	ready  map[int]Image
	failed map[int]error
}

// DecodeLimit limits the memory, in octets, that decoding pictures takes at one time, over all
// messages that are being prepared. Nil means no limit.
type DecodeLimit struct{ memory *semaphore.Weighted }

// NewDecodeLimit returns a limit that admits the largest picture.
func NewDecodeLimit() *DecodeLimit { return &DecodeLimit{semaphore.NewWeighted(maxDecoded)} }

// acquire waits for memory and returns the function that releases it.
func (d *DecodeLimit) acquire(octets int) (release func()) {
	if d == nil {
		return func() {}
	}
	n := int64(min(octets, maxDecoded))
	// Acquire fails only if its context ends.
	_ = d.memory.Acquire(context.Background(), n)
	return func() { d.memory.Release(n) }
}

func readPhotos(parts []message.Part, decoding *DecodeLimit) photos {
	p := photos{ready: map[int]Image{}, failed: map[int]error{}}
	budget := maxDecodedAll
	for i, part := range parts {
		if !strings.HasPrefix(part.Type, "image/") {
			continue
		}
		if len(p.ready) == maxPictures {
			p.failed[i] = fmt.Errorf("more than %d pictures", maxPictures)
			continue
		}
		img, used, err := photo(part, min(budget, maxDecoded), decoding)
		budget -= used
		if err != nil {
			p.failed[i] = err
			continue
		}
		p.ready[i] = img
	}
	return p
}

// photo turns an attached picture upright, scales it for mail and encodes it again, which
// removes all metadata (place, device, thumbnail). used is the memory, in octets, that decoding
// took out of allowed.
func photo(p message.Part, allowed int, decoding *DecodeLimit) (made Image, used int, err error) {
	conf, format, err := image.DecodeConfig(bytes.NewReader(p.Data))
	if err != nil {
		return Image{}, 0, fmt.Errorf("read image: %w", err)
	}
	if conf.Width <= tinyImage && conf.Height <= tinyImage {
		return Image{}, 0, errNotPhoto
	}
	if conf.Width <= 0 || conf.Height <= 0 || max(conf.Width, conf.Height) > maxSide || conf.Width > maxPixels/conf.Height {
		return Image{}, 0, fmt.Errorf("read image: %d by %d pixels is too large", conf.Width, conf.Height)
	}
	if tooManySegments(p.Data, format) {
		return Image{}, 0, errors.New("read image: it is made of too many pieces")
	}
	if used = decodedSize(p.Data, format, conf); used > allowed {
		return Image{}, 0, fmt.Errorf("read image: %d by %d pixels is too large", conf.Width, conf.Height)
	}
	defer decoding.acquire(used)()
	if used > collectAfter {
		// Otherwise each large picture would double the heap before the next collection.
		debug.FreeOSMemory()
		defer debug.FreeOSMemory()
	}
	img, _, err := image.Decode(bytes.NewReader(p.Data))
	if err != nil {
		return Image{}, used, fmt.Errorf("read image: %w", err)
	}
	img = applyOrientation(scaleDown(img, photoWidth), orientation(p.Data))
	var out bytes.Buffer
	kind := "image/jpeg"
	if format == "jpeg" || opaque(img) && format != "png" && format != "gif" {
		err = jpeg.Encode(&out, img, &jpeg.Options{Quality: jpegQuality})
	} else {
		kind = "image/png"
		err = png.Encode(&out, img)
	}
	if err != nil {
		return Image{}, used, fmt.Errorf("write image: %w", err)
	}
	sum := sha256.Sum256(out.Bytes())
	return Image{
		Hash: hex.EncodeToString(sum[:]), Name: p.Name, Type: kind, Alt: altOf(p.Name),
		Width: img.Bounds().Dx(), Height: img.Bounds().Dy(), Bytes: out.Len(), Data: out.Bytes(),
	}, used, nil
}

// altOf returns an alternative text made from the file name, or "" for a name that a camera or
// a program made.
func altOf(name string) string {
	base := strings.TrimSuffix(path.Base(name), path.Ext(name))
	words := strings.FieldsFunc(base, func(r rune) bool { return strings.ContainsRune(" _-.+", r) })
	letters, digits := 0, 0
	for _, r := range base {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case r > ' ':
			letters++
		}
	}
	if len(words) < 2 || digits*2 > letters {
		return ""
	}
	return strings.Join(words, " ")
}

func opaque(img image.Image) bool {
	o, ok := img.(interface{ Opaque() bool })
	return ok && o.Opaque()
}

// scaleDown limits the longer side to the given pixels. A much larger picture is first averaged
// over squares, because kernels of more than four pixels take much memory and look only a
// little better.
func scaleDown(img image.Image, side int) image.Image {
	b := img.Bounds()
	if times := min(max(b.Dx(), b.Dy())/side, b.Dx(), b.Dy()); times > 1 {
		img = averageSquares(img, times)
	}
	b = img.Bounds()
	long := max(b.Dx(), b.Dy())
	if long <= side {
		return img
	}
	dst := image.NewRGBA(image.Rect(0, 0, max(1, b.Dx()*side/long), max(1, b.Dy()*side/long)))
	draw.ApproxBiLinear.Scale(dst, dst.Bounds(), img, b, draw.Src, nil)
	return dst
}

// averageSquares makes one pixel of each square of the given side.
func averageSquares(img image.Image, side int) image.Image {
	b := img.Bounds()
	dst := image.NewRGBA(image.Rect(0, 0, b.Dx()/side, b.Dy()/side))
	strip := image.NewRGBA(image.Rect(0, 0, b.Dx(), side))
	squares := uint32(side * side)
	for y := range dst.Rect.Dy() {
		draw.Draw(strip, strip.Rect, img, image.Pt(b.Min.X, b.Min.Y+y*side), draw.Src)
		for x := range dst.Rect.Dx() {
			var sum [4]uint32
			for row := range side {
				at := row*strip.Stride + 4*x*side
				for p := strip.Pix[at : at+4*side]; len(p) >= 4; p = p[4:] {
					sum[0] += uint32(p[0])
					sum[1] += uint32(p[1])
					sum[2] += uint32(p[2])
					sum[3] += uint32(p[3])
				}
			}
			to := dst.Pix[y*dst.Stride+4*x:]
			for c := range 4 {
				to[c] = byte((sum[c] + squares/2) / squares)
			}
		}
	}
	return dst
}

// applyOrientation applies an EXIF orientation, 1 to 8.
func applyOrientation(img image.Image, orientation int) image.Image {
	if orientation < 2 || orientation > 8 {
		return img
	}
	b := img.Bounds()
	w, h := b.Dx(), b.Dy()
	size := image.Rect(0, 0, w, h)
	if orientation >= 5 {
		size = image.Rect(0, 0, h, w)
	}
	dst := image.NewRGBA(size)
	for y := range h {
		for x := range w {
			dx, dy := x, y
			switch orientation {
			case 2:
				dx = w - 1 - x
			case 3:
				dx, dy = w-1-x, h-1-y
			case 4:
				dy = h - 1 - y
			case 5:
				dx, dy = y, x
			case 6:
				dx, dy = h-1-y, x
			case 7:
				dx, dy = h-1-y, w-1-x
			case 8:
				dx, dy = y, w-1-x
			}
			dst.Set(dx, dy, img.At(b.Min.X+x, b.Min.Y+y))
		}
	}
	return dst
}

// orientation returns tag 0x0112 of the EXIF segment of a JPEG (CIPA DC-008), or 1 if there is
// none.
func orientation(data []byte) int {
	const upright = 1
	if len(data) < 4 || data[0] != 0xFF || data[1] != 0xD8 {
		return upright
	}
	for i := 2; i+4 <= len(data) && data[i] == 0xFF; {
		marker, size := data[i+1], int(binary.BigEndian.Uint16(data[i+2:]))
		if marker == 0xDA || size < 2 || i+2+size > len(data) {
			break
		}
		segment := data[i+4 : i+2+size]
		if marker == 0xE1 && bytes.HasPrefix(segment, []byte("Exif\x00\x00")) {
			return tiffOrientation(segment[6:])
		}
		i += 2 + size
	}
	return upright
}

func tiffOrientation(t []byte) int {
	const upright = 1
	if len(t) < 8 {
		return upright
	}
	var order binary.ByteOrder = binary.BigEndian
	if t[0] == 'I' {
		order = binary.LittleEndian
	}
	at := int(order.Uint32(t[4:]))
	if at < 8 || at+2 > len(t) {
		return upright
	}
	entries := int(order.Uint16(t[at:]))
	for e := range entries {
		o := at + 2 + 12*e
		if o+12 > len(t) {
			break
		}
		if order.Uint16(t[o:]) == 0x0112 {
			return int(order.Uint16(t[o+8:]))
		}
	}
	return upright
}
