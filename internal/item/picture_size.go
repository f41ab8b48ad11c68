package item

import (
	"encoding/binary"
	"image"
	"image/color"
)

// decodedSize returns the memory, in octets, that decoding takes. It is more than the picture
// itself for formats that keep coefficients or passes beside it.
func decodedSize(data []byte, format string, conf image.Config) int {
	pixels := conf.Width * conf.Height
	switch format {
	case "jpeg":
		return jpegSize(data, pixels)
	case "png":
		each := octetsPerPixel(conf.ColorModel)
		if _, transparent := pngChunks(data); transparent && each > 1 || transparent && conf.ColorModel == color.GrayModel {
			each = max(4, each) // one colour is transparent
			if conf.ColorModel == color.Gray16Model {
				each = 8
			}
		}
		size := pixels * each
		const interlace = 28 // its offset in IHDR (ISO/IEC 15948, section 11.2.2)
		if len(data) > interlace && data[interlace] != 0 {
			size *= 2
		}
		return size
	case "gif":
		return pixels
	}
	return max(pixels*8, minWebP)
}

// minWebP is the least size counted for a WebP picture, in octets, because one of a few
// pixels may have tens of thousands of Huffman tables.
const minWebP = 8 << 20

// Limits on the structure of a picture file, far above what encoders write.
const (
	maxScans  = 40   // of a JPEG: a decoder processes the whole picture for each
	maxChunks = 1000 // of a PNG, besides pixel data: a decoder takes 4 KB for each
)

// tooManySegments reports whether a picture file has more segments than any encoder writes.
func tooManySegments(data []byte, format string) bool {
	switch format {
	case "jpeg":
		return jpegScans(data) > maxScans
	case "png":
		chunks, _ := pngChunks(data)
		return chunks > maxChunks
	}
	return false
}

// pngChunks counts the chunks of a PNG file (ISO/IEC 15948, section 5.3) without pixel data.
// transparent reports a tRNS chunk, which makes a decoder add an alpha value to each pixel.
func pngChunks(data []byte) (n int, transparent bool) {
	const signature, frame = 8, 12 // length, type and checksum
	for data = data[min(signature, len(data)):]; len(data) >= frame; {
		size := int(binary.BigEndian.Uint32(data))
		switch kind := string(data[4:8]); kind {
		case "IDAT":
		case "tRNS":
			transparent = true
			n++
		default:
			n++
		}
		if size > len(data)-frame {
			break
		}
		data = data[frame+size:]
	}
	return n, transparent
}

func octetsPerPixel(m color.Model) int {
	switch m {
	case color.GrayModel, color.AlphaModel:
		return 1
	case color.Gray16Model:
		return 2
	case color.RGBAModel, color.NRGBAModel:
		return 4
	}
	if _, ok := m.(color.Palette); ok {
		return 1
	}
	return 8
}

// Markers of a JPEG file (ITU-T T.81, table B.1).
const (
	markFrame       = 0xC0 // the first of the frame headers, SOF0
	markProgressive = 0xC2
	markTables      = 0xC4 // in the range of the frame headers, as are markReserved and markArithmetic
	markReserved    = 0xC8
	markArithmetic  = 0xCC
	markRestart     = 0xD0 // the first of eight
	markEnd         = 0xD9
	markScan        = 0xDA
)

// jpegScans counts the scans of a JPEG file. In the data after a scan header, 0xFF begins a
// marker unless a zero or a restart marker follows.
func jpegScans(data []byte) (n int) {
	for i := 2; i+4 <= len(data); {
		if data[i] != 0xFF {
			i++
			continue
		}
		marker := data[i+1]
		switch {
		case marker == 0xFF:
			i++
		case marker == 0 || marker >= markRestart && marker < markRestart+8:
			i += 2
		case marker == markEnd:
			return n
		default:
			if marker == markScan {
				n++
			}
			i += 2 + int(binary.BigEndian.Uint16(data[i+2:]))
		}
	}
	return n
}

// coefficientOctets is what Go's decoder keeps for each sample of a progressive picture.
const coefficientOctets = 4

// jpegSize adds up the samples of the components. It assumes the worst for a file without a
// frame header.
func jpegSize(data []byte, pixels int) int {
	worst := pixels * 4 * (1 + coefficientOctets)
	for i := 2; i+10 <= len(data) && data[i] == 0xFF; {
		marker := data[i+1]
		if marker == 0xFF { // fill byte
			i++
			continue
		}
		size := int(binary.BigEndian.Uint16(data[i+2:]))
		isFrame := marker >= markFrame && marker <= 0xCF && marker != markTables && marker != markReserved && marker != markArithmetic
		switch {
		case marker == markScan || size < 2 || i+2+size > len(data):
			return worst
		case !isFrame:
			i += 2 + size
			continue
		}
		// Precision, height, width, number of components, and three octets for each component.
		components := data[i+10 : min(i+2+size, len(data))]
		if i+9 >= len(data) || int(data[i+9])*3 > len(components) {
			return worst
		}
		components = components[:int(data[i+9])*3]
		most, all := 1, 0
		for k := 1; k < len(components); k += 3 {
			h, v := int(components[k]>>4), int(components[k]&0xF)
			most, all = max(most, h*v), all+h*v
		}
		each := 1
		if marker == markProgressive {
			each += coefficientOctets
		}
		return pixels * all / most * each
	}
	return worst
}
