package programtest

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"encoding/base64"
	endian "encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"strings"

	"infolettre/internal/demo"
)

// hostileMail is one shape of mail that is made to cost much.
type hostileMail struct {
	name string
	make func() []byte
}

// hostileWhole is the size, in octets, of the largest hostile mails: as much as a provider
// lets through.
const hostileWhole = 36 << 20

// fill repeats a unit up to a size.
func fill(unit string, size int) string { return strings.Repeat(unit, max(size/len(unit), 1)) }

// hostileHead begins a mail of a colleague. The serial number keeps one copy from being
// a duplicate of another.
func hostileHead(subject string) string {
	return "From: Nadia Berthier <" + nadia + ">\r\nTo: <" + demo.NewsletterAddress + ">\r\nDate: Thu, 25 Jan 2018 08:00:00 +0100\r\nSubject: " + subject + "\r\nMIME-Version: 1.0\r\n"
}

func plainMail(text string) func() []byte {
	return func() []byte {
		return []byte(hostileHead("Un atelier") + "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + text)
	}
}

func htmlMail(html string) func() []byte {
	return func() []byte {
		return []byte(hostileHead("Un atelier") + "Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + html)
	}
}

// base64Lines encodes as mail programs do, 76 characters a line.
func base64Lines(data []byte) string {
	encoded := base64.StdEncoding.EncodeToString(data)
	var b strings.Builder
	b.Grow(len(encoded) + len(encoded)/38)
	for len(encoded) > 76 {
		b.WriteString(encoded[:76] + "\r\n")
		encoded = encoded[76:]
	}
	return b.String() + encoded + "\r\n"
}

func base64Mail(text string) func() []byte {
	return func() []byte {
		return []byte(hostileHead("Un atelier") + "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64Lines([]byte(text)))
	}
}

// fileMail attaches files to a short text, each of a type and a name.
func fileMail(files ...hostileFile) func() []byte {
	return func() []byte {
		var b bytes.Buffer
		b.WriteString(hostileHead("Un atelier") + "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nUn atelier ouvre le 12 mars 2018 a Rouen.\r\n")
		for _, f := range files {
			fmt.Fprintf(&b, "--b\r\nContent-Type: %s; name=\"%s\"\r\nContent-Disposition: attachment; filename=\"%[2]s\"\r\nContent-Transfer-Encoding: base64\r\n\r\n%[3]s", f.media, f.name, base64Lines(f.data()))
		}
		b.WriteString("--b--\r\n")
		return b.Bytes()
	}
}

type hostileFile struct {
	media, name string
	data        func() []byte
}

func pdf(body string) hostileFile {
	return hostileFile{"application/pdf", "programme.pdf", func() []byte { return []byte("%PDF-1.4\n" + body) }}
}

// word is a .docx whose text is what is given, with other entries.
func word(document string, others ...string) hostileFile {
	return zipped("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "article.docx", append([]string{
		"word/document.xml", `<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>` + document + `</w:body></w:document>`,
	}, others...)...)
}

func openText(content string) hostileFile {
	return zipped("application/vnd.oasis.opendocument.text", "article.odt", "content.xml",
		`<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:text>`+content+`</office:text></office:body></office:document-content>`)
}

func zipped(media, name string, entries ...string) hostileFile {
	return hostileFile{media, name, func() []byte {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for i := 0; i+1 < len(entries); i += 2 {
			w, err := z.Create(entries[i])
			if err == nil {
				_, err = w.Write([]byte(entries[i+1]))
			}
			if err != nil {
				panic(err)
			}
		}
		if err := z.Close(); err != nil {
			panic(err)
		}
		return b.Bytes()
	}}
}

// emptyPNG is a picture of one colour, which takes nothing in the mail and much memory.
func emptyPNG(width, height int, depth, colour byte) hostileFile {
	return hostileFile{"image/png", "affiche.png", func() []byte {
		var b bytes.Buffer
		b.WriteString("\x89PNG\r\n\x1a\n")
		chunk := func(kind string, data []byte) {
			endian.Write(&b, endian.BigEndian, uint32(len(data)))
			body := append([]byte(kind), data...)
			b.Write(body)
			endian.Write(&b, endian.BigEndian, crc32.ChecksumIEEE(body))
		}
		head := endian.BigEndian.AppendUint32(nil, uint32(width))
		head = endian.BigEndian.AppendUint32(head, uint32(height))
		chunk("IHDR", append(head, depth, colour, 0, 0, 0))
		channels := map[byte]int{0: 1, 2: 3, 4: 2, 6: 4}[colour]
		row := make([]byte, 1+width*channels*int(depth)/8)
		var packed bytes.Buffer
		z := zlib.NewWriter(&packed)
		for range height {
			z.Write(row)
		}
		z.Close()
		chunk("IDAT", packed.Bytes())
		chunk("IEND", nil)
		return b.Bytes()
	}}
}

// plainJPEG is a JPEG of one colour; progressive ones say so in their frame header alone.
func plainJPEG(width, height int) hostileFile {
	return hostileFile{"image/jpeg", "photo.jpg", func() []byte {
		img := image.NewYCbCr(image.Rect(0, 0, width, height), image.YCbCrSubsampleRatio420)
		for i := range img.Y {
			img.Y[i] = color.GrayModel.Convert(color.White).(color.Gray).Y
		}
		var b bytes.Buffer
		if err := jpeg.Encode(&b, img, nil); err != nil {
			panic(err)
		}
		return b.Bytes()
	}}
}

// progressive is a frame header of a progressive JPEG without content: a decoder makes
// room for the coefficients of all its blocks before it reads any.
func progressive(width, height int) hostileFile {
	return hostileFile{"image/jpeg", "photo.jpg", func() []byte {
		b := []byte{0xFF, 0xD8, 0xFF, 0xDB, 0, 67, 0}
		b = append(b, bytes.Repeat([]byte{1}, 64)...)
		b = append(b, 0xFF, 0xC2, 0, 17, 8, byte(height>>8), byte(height), byte(width>>8), byte(width), 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0)
		// A Huffman table with one code, for DC 0, and a scan of the first coefficients.
		b = append(b, 0xFF, 0xC4, 0, 20, 0)
		b = append(b, append(append([]byte{1}, make([]byte, 15)...), 0)...)
		b = append(b, 0xFF, 0xDA, 0, 12, 3, 1, 0, 2, 0, 3, 0, 0, 0, 0)
		b = append(b, make([]byte, width*height/64*3/8+16)...)
		return append(b, 0xFF, 0xD9)
	}}
}

// scans is a progressive JPEG of grey scans, each of which says in some octets that all
// of its blocks are empty.
func scans(width, height, n int) []byte {
	b := append([]byte{0xFF, 0xD8, 0xFF, 0xDB, 0, 67, 0}, bytes.Repeat([]byte{1}, 64)...)
	b = append(b, 0xFF, 0xC2, 0, 11, 8, byte(height>>8), byte(height), byte(width>>8), byte(width), 1, 1, 0x11, 0)
	// Huffman tables with one code each: DC 0, and the end of 2^14 blocks.
	for _, table := range [][2]byte{{0, 0}, {0x10, 0xE0}} {
		b = append(b, 0xFF, 0xC4, 0, 20, table[0], 1)
		b = append(append(b, make([]byte, 15)...), table[1])
	}
	blocks := (width + 7) / 8 * ((height + 7) / 8)
	b = append(append(b, 0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 0, 0), make([]byte, blocks/8+1)...)
	scan := append([]byte{0xFF, 0xDA, 0, 8, 1, 1, 0, 1, 63, 0}, make([]byte, (blocks>>14+1)*15/8+2)...)
	return append(append(b, bytes.Repeat(scan, n)...), 0xFF, 0xD9)
}

// signature is a file of a signed mail that begins so.
func signature(content string, head ...byte) func() []byte {
	return fileMail(hostileFile{"application/pkcs7-mime", "smime.p7m", func() []byte { return append(head, content...) }})
}

// winmail is a TNEF stream of one attribute, whose content may hold others.
func winmail(level byte, id uint32, value string) []byte {
	b := append([]byte{0x78, 0x9f, 0x3e, 0x22, 1, 0}, level)
	b = endian.LittleEndian.AppendUint32(b, id)
	if level == 2 {
		return append(append(b, 0, 0, 0, 0, 0, 0), value...)
	}
	b = endian.LittleEndian.AppendUint32(b, uint32(len(value)))
	return append(append(b, value...), 0, 0)
}

// hostileMails are the shapes, many of them met by other programs of this kind, the
// largest of so many octets.
func hostileMails(size int) []hostileMail {
	file := size * 13 / 18 // what fits into a mail in base64
	head := hostileHead("Un atelier")
	textHead := head + "Content-Type: text/plain\r\n\r\nUn atelier.\r\n"
	whole := func(begin, unit string) func() []byte {
		return func() []byte { return []byte(begin + fill(unit, size-len(begin))) }
	}
	field := func(name, begin, unit string, size int) func() []byte {
		return func() []byte { return []byte(name + ": " + begin + fill(unit, size) + "\r\n" + textHead) }
	}
	mixed := func(field string) func() []byte {
		return func() []byte {
			return []byte(head + "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nUn atelier.\r\n--b\r\n" + field + "\r\n\r\nx\r\n--b--\r\n")
		}
	}
	big := 900 << 10 // of header, below its bound
	return []hostileMail{
		// The structure of the mail.
		{"parts", whole(head+"Content-Type: multipart/mixed; boundary=b\r\n\r\n", "--b\r\n\r\nx\r\n")},
		{"parts within bounds", func() []byte {
			return []byte(head + "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + strings.Repeat("--b\r\nContent-Type: text/plain\r\n\r\n"+fill("Un atelier. ", 4000)+"\r\n", 990) + "--b--\r\n")
		}},
		{"parts that are files", func() []byte {
			return []byte(head + "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + strings.Repeat("--b\r\nContent-Type: application/x-a; name=a\r\n\r\n"+fill("x", 36000)+"\r\n", 990) + "--b--\r\n")
		}},
		{"depth", whole("", head+"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n")},
		{"mails in mails", func() []byte {
			inner := textHead
			for range 15 {
				inner = head + "Content-Type: message/rfc822\r\n\r\n" + inner + fill("x", 1<<20)
			}
			return []byte(inner)
		}},
		{"boundary that begins all lines", whole(head+"Content-Type: multipart/mixed; boundary=b\r\n\r\n", "--b \r\n")},
		{"fields", func() []byte { return []byte(head + fill("X-Field: value\r\n", 4<<20)) }},
		{"fields within bounds", func() []byte { return []byte(fill("A:\r\n", big) + textHead) }},
		{"one field", func() []byte { return []byte("Subject: " + fill("x y ", 4<<20)) }},
		{"subject", field("Subject", "", "mot ", big)},
		{"subject of encoded words", field("Subject", "", "=?utf-8?q?=C3=A9?= ", big)},
		{"subject of encoded words in many charsets", field("Subject", "", "=?iso-2022-jp?b?GyRC?= =?gb18030?q?=81?= ", big)},
		{"from", field("From", "", "a@b.example, ", big)},
		{"from of brackets", field("From", "", "<(\"", big)},
		{"to", field("To", "", "Nom <a@b.example>, ", big)},
		{"to of groups", field("To", "", "a:b;", big)},
		{"to of comments", field("To", "", "(", big)},
		{"references", field("References", "", "<a@b.example> ", big)},
		{"received", func() []byte {
			return []byte(fill("Received: from a by b; Thu, 25 Jan 2018 08:00:00 +0100\r\n", big) + textHead)
		}},
		{"authentication results", field("Authentication-Results", "mx.citedesmetiers.example; ", "dkim=pass header.d=a.example; ", big)},
		{"authentication results of comments", field("Authentication-Results", "mx.citedesmetiers.example ", "(", big)},
		{"signatures", func() []byte {
			return []byte(fill("DKIM-Signature: v=1; a=rsa-sha256; d=a.example; s=s; h=from; bh=a; b=a\r\n", big) + textHead)
		}},
		{"date", field("Date", "", "(", big)},
		{"content type of parameters", func() []byte {
			return []byte(hostileHead("Un atelier") + "Content-Type: text/plain" + fill("; a=b", 230<<10) + "\r\n\r\nUn atelier.\r\n")
		}},
		{"content type of parameters, far over", func() []byte {
			return []byte(hostileHead("Un atelier") + "Content-Type: text/plain" + fill("; a=b", big) + "\r\n\r\nUn atelier.\r\n")
		}},
		{"content type of continuations", func() []byte {
			var b strings.Builder
			for i := range 30000 {
				fmt.Fprintf(&b, ";\r\n name*%d*=a%%20", i)
			}
			return mixed("Content-Type: application/pdf" + b.String())()
		}},
		{"content type of quotes", mixed("Content-Type: application/pdf; name=" + fill(`"`, big))},
		{"content type of semicolons", mixed("Content-Type: application/pdf" + fill(";", big))},
		{"disposition of parameters", mixed("Content-Disposition: attachment" + fill("; filename=b", big))},
		{"many parts, each with long fields", func() []byte {
			return []byte(head + "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + strings.Repeat("--b\r\nContent-Type: application/pdf"+fill("; a=b", 7900)+"\r\n\r\nx\r\n", 110) + "--b--\r\n")
		}},
		{"content id", mixed("Content-Type: image/png\r\nContent-ID: <" + fill("a", big) + ">")},
		{"transfer encoding", mixed("Content-Transfer-Encoding: " + fill("base64 ", big))},

		// The text.
		{"text", plainMail(fill("x\r\n", size))},
		{"text within bounds", plainMail(fill("x\r\n", 4<<20-1000))},
		{"quoted and unquoted lines in turn", base64Mail(fill(">a\nb\n", 2900<<10))},
		{"quoted and unquoted lines, few", base64Mail(fill(">a\nb\n", 220<<10))},
		{"quoted deep", base64Mail(fill(strings.Repeat(">", 900)+"a\n", 2900<<10))},
		{"one line", base64Mail(fill("x", 2900<<10))},
		{"one line of words", base64Mail(fill("mot ", 2900<<10))},
		{"empty lines", base64Mail(fill("\n", 2900<<10))},
		{"paragraphs of a letter", base64Mail(fill("a\n\n", 2900<<10))},
		{"links", base64Mail(fill("http://a.example/ ", 2900<<10))},
		{"addresses", base64Mail(fill("a@b.example ", 2900<<10))},
		{"ampersands", base64Mail(fill("&", 2900<<10))},
		{"ampersands, within an item", base64Mail(fill("&\n\n", 60<<10))},
		{"rules", base64Mail(fill("-----\n", 2900<<10))},
		{"headings", base64Mail(fill("UN ATELIER\n\nA Rouen.\n\n", 2900<<10))},
		{"headings with numbers", base64Mail(fill("1) Un atelier\n\nIl ouvre le 12 mars.\n\n", 2900<<10))},
		{"greetings", base64Mail(fill("Bonjour,\n\n", 2900<<10))},
		{"signatures below signatures", base64Mail(fill("-- \nNadia\n", 2900<<10))},
		{"forwarded headers", base64Mail(fill("De : a@b.example\nObjet : b\n\n", 2900<<10))},
		{"dates", base64Mail(fill("Le 1er mars 2018 au 2 mars 2018 à 14h. ", 2900<<10))},
		{"dates within a page", base64Mail(fill("Le 1er mars 2018 de 14h à 15h. ", 30<<10))},
		{"files in the text", base64Mail(fill("begin 644 a\n#0V%T\n`\nend\n", 2900<<10))},
		{"tildes", base64Mail(fill("~~x~~ ~~y ", 2900<<10))},
		{"UTF-7", func() []byte {
			return []byte(hostileHead("Un atelier") + "Content-Type: text/plain; charset=utf-7\r\n\r\n" + fill("+AOk-", 4<<20-1000))
		}},
		{"list of dates", base64Mail(fill("12 mars 2018 : un atelier\n", 2900<<10))},
		{"months", base64Mail(fill("mars ", 2900<<10))},
		{"digits", base64Mail(fill("1 ", 2900<<10))},
		{"controls", base64Mail(fill("\x00\x01\x1b[2J\u202e", 2900<<10))},
		{"combining characters", base64Mail("e" + fill("\u0301", 2900<<10))},
		{"flowed", func() []byte {
			return []byte(hostileHead("Un atelier") + "Content-Type: text/plain; format=flowed\r\n\r\n" + fill("> a \r\n", 4<<20-1000))
		}},
		{"quoted-printable", func() []byte {
			return []byte(hostileHead("Un atelier") + "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + fill("=C3=A9=\r\n", 4<<20-1000))
		}},
		{"utf-16", func() []byte {
			return []byte(hostileHead("Un atelier") + "Content-Type: text/plain; charset=utf-16\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64Lines([]byte(fill("\x4e\x00", 3<<20))))
		}},
		{"iso-2022-jp", func() []byte {
			return []byte(hostileHead("Un atelier") + "Content-Type: text/plain; charset=iso-2022-jp\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64Lines([]byte(fill("\x1b$B0!\x1b(B", 3<<20))))
		}},
		{"text twice", func() []byte {
			text := fill("Un atelier ouvre a Rouen.\r\n", 1900<<10)
			return []byte(head + "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n" + text + "--b\r\nContent-Type: text/html\r\n\r\n<p>" + text + "\r\n--b--\r\n")
		}},

		// HTML.
		{"table", htmlMail("<table>" + fill("<tr><td>x<td>y", 4<<20-1000))},
		{"table within bounds", htmlMail("<table>" + fill("<tr><td>x<td>y", 500<<10))},
		{"tables in tables", htmlMail(fill("<table><tr><td>", 500<<10))},
		{"elements in elements", htmlMail(fill("<b><i>x", 500<<10))},
		{"quotations in quotations", htmlMail(fill("<blockquote>x", 500<<10))},
		{"divisions in divisions", htmlMail(fill("<div>", 500<<10))},
		{"attributes", htmlMail("<p" + fill(" a=b", 500<<10) + ">x")},
		{"styles", htmlMail("<style>" + fill("p{color:red}", 400<<10) + "</style>" + fill("<p>x", 90<<10))},
		{"style of an element", htmlMail(`<p style="` + fill("color:red;", 500<<10) + `">x`)},
		{"entities", htmlMail(fill("&amp;", 500<<10))},
		{"references to characters", htmlMail(fill("&#9999999;", 500<<10))},
		{"links in HTML", htmlMail(fill(`<a href="http://a.example/">x</a>`, 500<<10))},
		{"links within links", htmlMail(`<a href="https://eur01.safelinks.protection.outlook.com/?url=` + fill("https%3A%2F%2Feur01.safelinks.protection.outlook.com%2F%3Furl%3D", 300<<10) + `">x</a>`)},
		{"pictures in HTML", htmlMail(fill(`<img src="cid:a" alt="b">`, 500<<10))},
		{"picture in HTML, as data", htmlMail(`<img src="data:image/png;base64,` + fill("AAAA", 3<<20) + `">`)},
		{"pictures in HTML, as data", htmlMail(fill(`<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">`, 4<<20-1000))},
		{"struck text", htmlMail(fill("<s>x</s> y ", 500<<10))},
		{"struck text in struck text", htmlMail(fill("<s><del>x ", 500<<10))},
		{"paragraphs", htmlMail(fill("<p>x", 500<<10))},
		{"line ends", htmlMail(fill("x<br>", 500<<10))},
		{"headings in HTML", htmlMail(fill("<h2>Un atelier</h2><p>A Rouen.</p>", 500<<10))},
		{"list in HTML", htmlMail("<ul>" + fill("<li>x", 500<<10))},
		{"lists in lists", htmlMail(fill("<ul><li>x", 500<<10))},
		{"form elements that are misplaced", htmlMail(fill("<table><a><p>", 500<<10))},
		{"comments", htmlMail(fill("<!--", 500<<10))},
		{"scripts", htmlMail(fill("<script>", 500<<10))},
		{"svg", htmlMail(fill("<svg><math><p>", 500<<10))},

		// Files.
		{"pdf of brackets", fileMail(pdf(fill("[", file)))},
		{"pdf of closing brackets", fileMail(pdf(fill(")", file)))},
		{"pdf of arrays", fileMail(pdf("1 0 obj " + fill("[1 ", file)))},
		{"pdf of dictionaries", fileMail(pdf("trailer " + fill("<</A ", file)))},
		{"pdf of numbers", fileMail(pdf("1 0 obj <</Type/Catalog/A [" + fill("1 ", file)))},
		{"pdf of objects", fileMail(pdf(fill("1 0 obj ", file)))},
		{"pdf of objects within objects", fileMail(pdf(numbered(40000, "%d 0 obj [/Type ")))},
		{"pdf of strings within strings", fileMail(pdf(numbered(40000, "%d 0 obj (/Type ") + fill("x", file*3/4)))},
		{"pdf of streams without end", fileMail(pdf(numbered(40000, "%d 0 obj <</Type/ObjStm/Filter/ASCIIHexDecode/First 1/N 9>> stream ") + fill("0", file*3/4)))},
		{"pdf of trailers", fileMail(pdf(fill("trailer <<", file)))},
		{"pdf of spaces", fileMail(pdf(fill(" ", file/2) + fill("0 obj", file/2)))},
		{"pdf that inflates", fileMail(pdf("1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj 2 0 obj <</Kids [3 0 R]>> endobj 3 0 obj <</Contents 4 0 R>> endobj 4 0 obj <</Filter/FlateDecode>> stream\n" + string(deflated(fill("(a) Tj ", 200<<20))) + "\nendstream"))},
		{"pdf whose objects inflate", fileMail(pdf("1 0 obj <</Type/ObjStm/N 99999999/First 99999999/Filter/FlateDecode>> stream\n" + string(deflated(fill("1 0 ", 200<<20))) + "\nendstream"))},
		{"pdf of pages", fileMail(pdf("1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj 2 0 obj <</Kids [" + fill("2 0 R ", file*3/4)))},
		{"three pdfs", fileMail(pdf(fill("[1 ", file/3)), pdf(fill("(x", file/3)), pdf(fill("<</A ", file/3)))},
		{"word that inflates", fileMail(word("<w:p><w:r><w:t>" + fill("x", 60<<20) + "</w:t></w:r></w:p>"))},
		{"word within bounds", fileMail(word(fill("<w:p><w:r><w:t>Un atelier</w:t></w:r></w:p>", 4<<20-2000)))},
		{"word of empty paragraphs", fileMail(word(fill("<w:p/>", 4<<20-2000)))},
		{"word of attributes", fileMail(word("<w:p " + fill(`a="b" `, 4<<20-2000) + "/>"))},
		{"word of elements in elements", fileMail(word(fill("<w:tbl><w:tr><w:tc>", 4<<20-2000)))},
		{"word of tables", fileMail(word("<w:tbl>" + fill("<w:tr><w:tc><w:p/></w:tc></w:tr>", 4<<20-2000) + "</w:tbl>"))},
		{"word with pictures that inflate", fileMail(word(strings.Repeat(`<w:p><w:r><w:drawing><a:blip xmlns:a="a" r:embed="r1" xmlns:r="r"/></w:drawing></w:r></w:p>`, 30),
			"word/_rels/document.xml.rels", `<Relationships><Relationship Id="r1" Target="media/a.png"/></Relationships>`, "word/media/a.png", fill("\x00", 60<<20)))},
		{"archive of entries", fileMail(zipped("application/vnd.oasis.opendocument.text", "article.odt", entries(60000)...))},
		{"word of fields", fileMail(word("<w:p>" + fill(`<w:r><w:fldChar w:fldCharType="begin"/></w:r>`, 4<<20-2000) + "</w:p>"))},
		{"word of text boxes", fileMail(word(fill("<w:p><w:r><w:txbxContent><w:p><w:r><w:t>x</w:t></w:r></w:p></w:txbxContent></w:r></w:p>", 4<<20-2000)))},
		{"word of text boxes in text boxes", fileMail(word(fill("<w:p><w:txbxContent>", 4<<20-2000)))},
		{"word of notes", fileMail(word(fill(`<w:p><w:r><w:footnoteReference w:id="2"/></w:r></w:p>`, 4<<20-2000), "word/footnotes.xml", `<w:footnotes><w:footnote w:id="2"><w:p><w:r><w:t>`+fill("x", 900<<10)+`</w:t></w:r></w:p></w:footnote></w:footnotes>`))},
		{"word of pages within", fileMail(word(fill(`<w:altChunk r:id="r1"/>`, 4<<20-2000), "word/_rels/document.xml.rels", `<a><Relationship Id="r1" Type="/aFChunk" Target="a.htm"/></a>`, "word/a.htm", fill("<p>x", 250<<10)))},
		{"archives of relations", fileMail(repeated(zipped("application/zip", "a.zip", "_rels/.rels", "<a>"+fill(`<Relationship Id="a" Type="/officeDocument" Target="b"/>`, 4<<20-100)+"</a>"), 200)...)},
		{"rich text of groups", fileMail(hostileFile{"application/rtf", "article.rtf", func() []byte { return []byte(`{\rtf1 ` + fill(`{\b x}`, file/3)) }})},
		{"rich text of pictures", fileMail(hostileFile{"application/rtf", "article.rtf", func() []byte { return []byte(`{\rtf1 ` + fill(`{\pict\pngblip 00}`, file/3)) }})},
		{"rich text of one picture", fileMail(hostileFile{"application/rtf", "article.rtf", func() []byte { return []byte(`{\rtf1 {\pict\pngblip ` + fill("00", file-100) + "}}") }})},
		{"open text within bounds", fileMail(openText(fill("<text:p>Un atelier</text:p>", 4<<20-2000)))},
		{"open text of spaces", fileMail(openText("<text:p>" + fill(`<text:s text:c="20"/>`, 4<<20-2000) + "</text:p>"))},
		{"picture of one colour", fileMail(emptyPNG(4500, 4500, 8, 6))},
		{"picture of one colour, deep", fileMail(emptyPNG(3200, 3200, 16, 6))},
		{"pictures of one colour", fileMail(repeated(emptyPNG(3000, 3000, 8, 6), 12)...)},
		{"picture that is much too large", fileMail(emptyPNG(60000, 2000, 8, 6))},
		{"picture that is very wide", fileMail(emptyPNG(20000000, 1, 8, 0))},
		{"photograph", fileMail(plainJPEG(9000, 7000))},
		{"photographs", fileMail(repeated(plainJPEG(4000, 3000), 30)...)},
		{"progressive photograph", fileMail(progressive(8000, 8000))},
		{"progressive photographs", fileMail(repeated(progressive(5000, 5000), 8)...)},
		{"calendar", fileMail(hostileFile{"text/calendar", "rdv.ics", func() []byte {
			return []byte("BEGIN:VCALENDAR\r\n" + fill("BEGIN:VEVENT\r\nDTSTART:20180312T140000\r\nSUMMARY:Un atelier\r\nEND:VEVENT\r\n", 3<<20) + "END:VCALENDAR\r\n")
		}})},
		{"calendar that nests", fileMail(hostileFile{"text/calendar", "rdv.ics", func() []byte { return []byte(fill("BEGIN:VCALENDAR\r\n", 3<<20)) }})},
		{"calendar that repeats", fileMail(hostileFile{"text/calendar", "rdv.ics", func() []byte {
			return []byte("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:00010101T000000\r\nDTEND:99990101T000000\r\nRRULE:FREQ=SECONDLY\r\nSUMMARY:x\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")
		}})},
		{"calendar line", fileMail(hostileFile{"text/calendar", "rdv.ics", func() []byte { return []byte("BEGIN:VCALENDAR\r\nSUMMARY" + fill(";A=B", 3<<20) + ":x\r\n") }})},
		{"winmail", fileMail(hostileFile{"application/ms-tnef", "winmail.dat", func() []byte {
			return append([]byte{0x78, 0x9f, 0x3e, 0x22, 1, 0}, bytes.Repeat([]byte{2, 0x10, 0x80, 2, 0, 0, 0, 0, 0, 0, 0}, 2<<20)...)
		}})},
		{"rich text", fileMail(hostileFile{"application/rtf", "article.rtf", func() []byte { return []byte(fill(`{\rtf1`, file/3)) }})},
		{"winmail of much text", fileMail(hostileFile{"application/ms-tnef", "winmail.dat", func() []byte { return winmail(1, 0x0002800C, fill("Un atelier\r\n", file)) }})},
		{"winmails of files", fileMail(repeated(hostileFile{"application/ms-tnef", "winmail.dat", func() []byte {
			return winmail(2, 0x00069002, strings.Repeat(string(winmail(2, 0x00069002, "")[6:]), 90))
		}}, 900)...)},
		{"signature that is wide", signature(fill("\x04\x01A", file-4), 0x30, 0x80)},
		{"signature of definite length that is wide", signature(fill("\x04\x01A", 24<<20), 0x30, 0x84, 1, 0x80, 0, 0)},
		{"attached mails below a long text", func() []byte {
			return []byte(head + "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n" + fill("Un atelier ouvre a Rouen.\r\n", 100<<10) +
				strings.Repeat("--b\r\nContent-Type: message/rfc822\r\n\r\n"+textHead, 900) + "--b--\r\n")
		}},
		{"lines of preformatted HTML", htmlMail("<pre>" + fill("a\n", 500<<10))},
		{"word with a link that is used again and again", fileMail(word(strings.Repeat(`<w:hyperlink r:id="r1"/>`, 100000),
			"word/_rels/document.xml.rels", `<a><Relationship Id="r1" Type="/hyperlink" Target="`+fill("x", 3<<20)+`"/></a>`))},
		{"open text of titles", fileMail(openText("<text:p><frame>" + fill("<title/>", 4<<20-2000)))},
		{"photograph of scans", fileMail(hostileFile{"image/jpeg", "photo.jpg", func() []byte { return scans(3900, 3900, 5000) }})},
		{"whole mail of one file", fileMail(hostileFile{"application/octet-stream", "film.mov", func() []byte { return bytes.Repeat([]byte("film"), file/4) }})},
		{"report", func() []byte {
			return []byte("Return-Path: <>\r\n" + head + "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; a.example\r\n\r\n" +
				fill("Final-Recipient: rfc822; a@b.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n", file/3) + "--b--\r\n")
		}},
		{"report in prose", func() []byte {
			return []byte("Return-Path: <>\r\n" + hostileHead("Undelivered Mail Returned to Sender") + "Content-Type: text/plain\r\n\r\n" + fill("<a@b.example>: 550 5.1.1 no such user\r\n", 4<<20-1000))
		}},
		{"answer to nothing, quoted", func() []byte {
			return []byte(hostileHead("Re: Un atelier") + "In-Reply-To: <a@b.example>\r\nContent-Type: text/plain\r\n\r\nOui\r\n\r\nLe 12 mars, Nadia a ecrit :\r\n" + fill("> a\r\n>\r\n", 4<<20-1000))
		}},
	}
}

func numbered(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i+1)
	}
	return b.String()
}

func entries(n int) []string {
	all := []string{"content.xml", "<a/>"}
	for i := range n {
		all = append(all, fmt.Sprintf("%d", i), "")
	}
	return all
}

func repeated(f hostileFile, n int) []hostileFile {
	files := make([]hostileFile, n)
	for i := range files {
		files[i] = f
	}
	return files
}

func deflated(text string) []byte {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		panic(err)
	}
	z.Close()
	return b.Bytes()
}
