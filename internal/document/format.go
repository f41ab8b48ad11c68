package document

import (
	"bytes"
	"path"
	"strings"
	"unicode/utf16"
)

// The formats that formatOf tells apart by a file's first octets.
type format int

const (
	formatOther  format = iota
	formatZip           // .docx, .odt and much else
	formatRTF           // Rich Text Format
	formatOLE           // [MS-CFB]: .doc of Word 97 to 2003, .xls, .ppt, .msg
	formatLocked        // [MS-OFFCRYPTO]: an encrypted file within [MS-CFB]
)

var oleMagic = []byte{0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1}

func formatOf(data []byte) format {
	switch {
	case bytes.HasPrefix(data, []byte("PK\x03\x04")):
		return formatZip
	case bytes.HasPrefix(bytes.TrimLeft(data[:min(len(data), 64)], "\ufeff \r\n\t"), []byte(`{\rtf`)):
		return formatRTF
	case !bytes.HasPrefix(data, oleMagic):
		return formatOther
	case oleHas(data, "EncryptedPackage"):
		return formatLocked
	}
	return formatOLE
}

// oleHas reports whether a compound file has a stream of that name: its directory holds
// names in UTF-16 ([MS-CFB], section 2.6.1).
func oleHas(data []byte, name string) bool {
	var wide []byte
	for _, c := range utf16.Encode([]rune(name)) {
		wide = append(wide, byte(c), byte(c>>8))
	}
	return bytes.Contains(data, wide)
}

// Kind says whether a file holds text that Read can read.
type Kind int

// Kinds of files.
const (
	NoText      Kind = iota // no word processor's file
	Text                    // Read may read it
	Unsupported             // a word processor's format that is not supported
	Locked                  // protected by a password
)

// textNames are the extensions of word processors' files, true for those that Read
// supports.
var textNames = map[string]bool{
	".docx": true, ".docm": true, ".dotx": true, ".dotm": true, ".odt": true, ".ott": true, ".rtf": true,
	".doc": false, ".dot": false, ".pages": false, ".wps": false, ".wpd": false, ".sxw": false, ".lwp": false, ".abw": false,
}

// textTypes are the media types of word processors' files, true for those that Read
// supports.
var textTypes = map[string]bool{
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document": true,
	"application/vnd.openxmlformats-officedocument.wordprocessingml.template": true,
	"application/vnd.ms-word.document.macroenabled.12":                        true,
	"application/vnd.oasis.opendocument.text":                                 true,
	"application/vnd.oasis.opendocument.text-template":                        true,
	"application/rtf": true, "text/rtf": true, "text/richtext": true,
	"application/msword": false, "application/vnd.ms-word": false, "application/vnd.ms-works": false, "application/vnd.wordperfect": false,
	"application/vnd.apple.pages": false, "application/x-iwork-pages-sffpages": false, "application/vnd.sun.xml.writer": false,
}

// KindOf returns the kind of an attached file by its content, or by its name and media
// type if the content does not show it, as in a damaged file.
func KindOf(name, mediaType string, data []byte) Kind {
	_, byName := textNames[strings.ToLower(path.Ext(name))]
	readable, byType := textTypes[strings.ToLower(mediaType)]
	named := byName || byType && path.Ext(name) == ""
	switch formatOf(data) {
	case formatZip:
		a, err := open(data)
		switch {
		case err != nil && named:
			return Text // damaged: Read returns the error
		case err != nil:
			return NoText
		case a.isPages():
			return Unsupported
		case a.isLocked() && (named || a.isOpenText()):
			return Locked
		case a.mainPart() != "" || a.isOpenText() || named:
			return Text
		}
		return NoText
	case formatRTF:
		return Text
	case formatLocked:
		if named {
			return Locked
		}
		return NoText // perhaps a spreadsheet or slides
	case formatOLE:
		switch {
		case oleHas(data, "WordDocument"):
			return Unsupported
		case byName && textNames[strings.ToLower(path.Ext(name))], !byName && named && readable:
			return Locked // no other file of that name is a compound one
		case named:
			return Unsupported
		}
		return NoText
	case formatOther: // its name and media type decide
	}
	switch {
	case !named || len(data) == 0 && !byName:
		return NoText
	case byName && textNames[strings.ToLower(path.Ext(name))], !byName && readable:
		return Text // damaged
	}
	return Unsupported
}
