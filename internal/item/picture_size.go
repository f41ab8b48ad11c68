package item

import (
	"encoding/binary"
	"image"
	"image/color"
)

// decodedSize is how much memory, in octets, the decoder of a format takes for a picture:
// more than the picture itself where it keeps coefficients, or passes, beside it.
func decodedSize(data []byte, format string, conf image.Config) int {
	pixels := conf.Width * conf.Height
	switch format {
	case "jpeg":
		return jpegSize(data, pixels)
	case "png":
		size := pixels * octetsPerPixel(conf.ColorModel)
		const interlace = 28 // where IHDR says it (ISO/IEC 15948, section 11.2.2)
		if len(data) > interlace && data[interlace] != 0 {
			size *= 2
		}
		return size
	case "gif":
		return pixels
	}
	return pixels * 8
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
	markTables      = 0xC4 // within the same range, with markReserved and markArithmetic
	markReserved    = 0xC8
	markArithmetic  = 0xCC
	markScan        = 0xDA
)

// coefficientOctets is what Go's decoder keeps of a progressive picture for each sample.
const coefficientOctets = 4

// jpegSize adds up the samples of the components. A file whose frame header cannot be
// found is taken for the worst.
func jpegSize(data []byte, pixels int) int {
	worst := pixels * 4 * (1 + coefficientOctets)
	for i := 2; i+10 <= len(data) && data[i] == 0xFF; {
		marker := data[i+1]
		if marker == 0xFF { // fill
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
		// Precision, height, width, number of components, three octets for each.
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
