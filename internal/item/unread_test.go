package item

import (
	"bytes"
	"encoding/base64"
	"errors"
	"image"
	"image/jpeg"
	"slices"
	"strings"
	"testing"
	"time"

	"infolettre/internal/message"
)

// heic is the beginning of a picture from an iPhone.
var heic = "\x00\x00\x00\x1cftypheic\x00\x00\x00\x00mif1heic" + strings.Repeat("\x00", 9000)

// oldWord is the beginning of a Word 97 file.
var oldWord = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + strings.Repeat("\x00", 500) + "W\x00o\x00r\x00d\x00D\x00o\x00c\x00u\x00m\x00e\x00n\x00t\x00"

func photograph(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, image.NewGray(image.Rect(0, 0, 600, 400)), nil); err != nil {
		t.Fatal(err)
	}
	return b.String() + strings.Repeat("\x00", 9000) // the size of a real one
}

// sent returns a mail with a text and files: name, media type, content.
func sent(t *testing.T, text string, files ...string) *message.Message {
	t.Helper()
	var b strings.Builder
	b.WriteString("From: Nadia <nadia@cite-rouen.example>\nSubject: Une nouvelle\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\n\n" + text)
	for i := 0; i < len(files); i += 3 {
		b.WriteString("\n--b\nContent-Type: " + files[i+1] + "\nContent-Disposition: attachment; filename=\"" + files[i] + "\"\nContent-Transfer-Encoding: base64\n\n" + base64.StdEncoding.EncodeToString([]byte(files[i+2])))
	}
	return read(t, b.String()+"\n--b--\n")
}

// Files that cannot be read are reported. The mail is an item only if there is something else
// to publish.
func TestFromMessage_ReportsUnreadFiles(t *testing.T) {
	t.Parallel()
	const news = "Notre atelier de couture a accueilli douze personnes la semaine passée, pour la troisième année."
	const cover = "Bonjour,\n\nVoici notre article en pièce jointe.\n\nNadia"
	rtf := `{\rtf1\ansi Le forum ouvre ses portes le 22 mars 2018 \'e0 Rouen, pour tous les publics.}`
	photo := photograph(t)
	guide := Guide{Sections: sections, Location: time.UTC, Language: "fr", Received: time.Date(2018, 1, 29, 10, 0, 0, 0, time.UTC)}
	for name, c := range map[string]struct {
		text  string
		files []string
		none  bool // no item
		want  []UnreadFile
	}{
		"an old file, alone":              {cover, []string{"a.doc", "application/msword", oldWord}, true, []UnreadFile{{"a.doc", TroubleOld}}},
		"an old file beside news":         {news, []string{"a.doc", "application/msword", oldWord}, false, []UnreadFile{{"a.doc", TroubleOld}}},
		"a locked file":                   {cover, []string{"a.docx", "application/octet-stream", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P\x00a\x00c\x00k\x00a\x00g\x00e\x00"}, true, []UnreadFile{{"a.docx", TroubleLocked}}},
		"a damaged file":                  {cover, []string{"a.docx", "application/octet-stream", "PK\x03\x04 and no more"}, true, []UnreadFile{{"a.docx", TroubleDamaged}}},
		"a file of Pages":                 {cover, []string{"a.pages", "application/octet-stream", "bplist00"}, true, []UnreadFile{{"a.pages", TroubleOld}}},
		"a picture of a phone, alone":     {"Bonjour,\n\nVoici une photo.\n\nNadia", []string{"a.HEIC", "application/octet-stream", heic}, true, []UnreadFile{{"a.HEIC", TroubleHEIC}}},
		"a picture of a phone with news":  {news, []string{"a.jpg", "image/jpeg", heic}, false, []UnreadFile{{"a.jpg", TroubleHEIC}}},
		"a picture of another form":       {news, []string{"a.tif", "image/tiff", "II*\x00 and no more"}, false, []UnreadFile{{"a.tif", TroublePicture}}},
		"an old file beside a photograph": {cover, []string{"a.doc", "application/msword", oldWord, "a.jpg", "application/octet-stream", photo}, false, []UnreadFile{{"a.doc", TroubleOld}}},
		"an old file beside a PDF":        {cover, []string{"a.doc", "application/msword", oldWord, "a.pdf", "application/pdf", "%PDF-1.4"}, false, []UnreadFile{{"a.doc", TroubleOld}}},
		"a table":                         {cover, []string{"a.xls", "application/vnd.ms-excel", oldWord[:400]}, true, []UnreadFile{{"a.xls", TroubleOther}}},
		"a table beside news":             {news, []string{"a.xls", "application/vnd.ms-excel", oldWord[:400]}, false, nil},
		"a file that is read":             {cover, []string{"a.doc", "application/msword", rtf}, false, nil},
		"no file":                         {news, nil, false, nil},
	} {
		got, err := FromMessage(Prepare(sent(t, c.text, c.files...), nil), guide)
		var unread *UnreadError
		switch {
		case c.none && (!errors.As(err, &unread) || !slices.Equal(unread.Files, c.want)):
			t.Errorf("%s: %v, %v", name, got, err)
		case !c.none && err != nil:
			t.Errorf("%s: %v", name, err)
		case !c.none && !slices.Equal(got[0].Remarks.Unread, c.want):
			t.Errorf("%s: %v, want %v", name, got[0].Remarks.Unread, c.want)
		}
	}
}

// A sentence with news is kept next to its photograph, a note to the editors is removed, and
// both are reported.
func TestFromMessage_NewsWithPhotograph(t *testing.T) {
	t.Parallel()
	guide := Guide{Sections: sections, Location: time.UTC, Language: "fr", Received: time.Date(2018, 1, 29, 10, 0, 0, 0, time.UTC)}
	for text, c := range map[string]struct{ text, why string }{
		"Notre atelier a accueilli douze personnes la semaine passée, voici une photo de la séance.": {"Notre atelier a accueilli douze personnes la semaine passée, voici une photo de la séance.", "kept, as it tells more than the sending"},
		"Voici une photo pour la prochaine InfoLettre.":                                              {"", "taken off: note to the editors “Voici une photo"},
	} {
		got, err := FromMessage(Prepare(sent(t, text, "a.jpg", "application/octet-stream", photograph(t)), nil), guide)
		if err != nil || got[0].Text != c.text || !strings.Contains(got[0].Why["text"], c.why) || len(got[0].Images) != 1 {
			t.Errorf("%s: %v, text %q, %q, %d pictures", text, err, got[0].Text, got[0].Why["text"], len(got[0].Images))
		}
	}
}

// Struck-through text announces nothing and is reported.
func TestFromMessage_StruckTextIsLeftOut(t *testing.T) {
	t.Parallel()
	guide := Guide{Sections: sections, Location: time.UTC, Language: "fr", Received: time.Date(2018, 1, 29, 10, 0, 0, 0, time.UTC)}
	for name, m := range map[string]*message.Message{
		"a plain text": {Subject: "Un forum", Text: "Le forum de Rouen a lieu le ~~15 mars 2018~~ 22 mars 2018, pour tous les publics."},
		"HTML":         {Subject: "Un forum", Text: "Le forum de Rouen a lieu le 15 mars 2018 22 mars 2018.", HTML: "<p>Le forum de Rouen a lieu le <del>15 mars 2018</del> 22 mars 2018, pour tous les publics.</p>"},
		"a file": sent(t, "Voici notre texte.", "a.rtf", "application/rtf",
			`{\rtf1 Le forum de Rouen a lieu le {\strike 15 mars 2018} 22 mars 2018, pour tous les publics.}`),
	} {
		got, err := FromMessage(Prepare(m, nil), guide)
		if err != nil || len(got[0].Events) != 1 || got[0].Events[0].Start.Day != 22 || strings.Contains(got[0].Text, "15 mars") || got[0].Remarks.Struck != "15 mars 2018" {
			t.Errorf("%s: %v, %q, %v, struck %q", name, err, got[0].Text, got[0].Events, got[0].Remarks.Struck)
		}
	}
}
