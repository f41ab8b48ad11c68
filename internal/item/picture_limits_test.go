package item

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/jpeg"
	"image/png"
	"runtime"
	"strings"
	"testing"

	"infolettre/internal/message"
)

// chunked inserts chunks after the header of a PNG file.
func chunked(t *testing.T, img image.Image, kind string, data []byte, times int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	body := append([]byte(kind), data...)
	chunk := append(binary.BigEndian.AppendUint32(nil, uint32(len(data))), body...)
	chunk = binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(body))
	const header = 8 + 25 // signature and IHDR
	return bytes.Join([][]byte{b.Bytes()[:header], bytes.Repeat(chunk, times), b.Bytes()[header:]}, nil)
}

func TestDecodedSize_TransparentColour(t *testing.T) {
	t.Parallel()
	size := image.Rect(0, 0, 200, 100)
	for _, c := range []struct {
		img    image.Image
		colour []byte
		each   int
	}{
		{image.NewGray(size), make([]byte, 2), 4},
		{image.NewGray16(size), make([]byte, 2), 8},
	} {
		data := chunked(t, c.img, "tRNS", c.colour, 1)
		conf, format, err := image.DecodeConfig(bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		if got := decodedSize(data, format, conf); got != 200*100*c.each {
			t.Errorf("%T: %d octets, want %d for each pixel", c.img, got, c.each)
		}
	}
}

// A decoder processes the whole picture for each scan, and allocates memory for each chunk.
func TestPhoto_TooManySegmentsStaysAFile(t *testing.T) {
	t.Parallel()
	img := image.NewGray(image.Rect(0, 0, 200, 100))
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	once := b.Bytes()
	scan := once[bytes.LastIndex(once, []byte{0xFF, 0xDA}) : len(once)-2]
	scans := func(n int) []byte {
		return bytes.Join([][]byte{once[:len(once)-2], bytes.Repeat(scan, n-1), once[len(once)-2:]}, nil)
	}
	within := append([]byte{0xFF, 0xD8, 0xFF, 0xE1, 4, 2}, bytes.Repeat([]byte{0xFF, 0xDA}, 512)...)
	for name, c := range map[string]struct {
		media string
		data  []byte
		ready int
	}{
		"scans":                     {"image/jpeg", scans(maxScans), 1},
		"too many scans":            {"image/jpeg", scans(maxScans + 1), 0},
		"what looks like scans":     {"image/jpeg", append(within, once[2:]...), 1},
		"what stands behind a JPEG": {"image/jpeg", append(bytes.Clone(once), bytes.Repeat(scan, 100)...), 1},
		"chunks":                    {"image/png", chunked(t, img, "tEXt", []byte("a\x00b"), maxChunks/2), 1},
		"too many chunks":           {"image/png", chunked(t, img, "tEXt", nil, 3*maxChunks), 0},
	} {
		p := readPhotos([]message.Part{{Type: c.media, Data: c.data}}, nil)
		if len(p.ready) != c.ready {
			t.Errorf("%s: %d pictures, %v", name, len(p.ready), p.failed)
		}
	}
}

// The text of a mail with hundreds of attached mails is split once.
func TestPrepare_NestedMailsCostLinearTime(t *testing.T) {
	if testing.Short() {
		t.Skip("long and in one goroutine")
	}
	of := func(n int) (Prepared, uint64) {
		raw := "From: a@b.example\r\nSubject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n" +
			strings.Repeat("Un forum ouvre à Rouen pour tous.\r\n", 2000) +
			strings.Repeat("--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: c@d.example\r\nSubject: y\r\n\r\nUn salon.\r\n", n) + "--b--\r\n"
		m, err := message.Read([]byte(raw))
		if err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		p := Prepare(m, nil)
		runtime.ReadMemStats(&after)
		return p, after.TotalAlloc - before.TotalAlloc
	}
	_, one := of(1)
	p, many := of(300)
	if many > 2*one+1<<20 {
		t.Errorf("%d octets are allocated for 300 attached mails, %d for one", many, one)
	}
	if !strings.HasPrefix(p.Text(), "Un forum ouvre") || p.Files() != 300 {
		t.Errorf("%.40q, %d files", p.Text(), p.Files())
	}
}
