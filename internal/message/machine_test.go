package message

import (
	"strings"
	"testing"
)

func TestRecalls_OnlyOutlooksRequests(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, mail string
		want       bool
	}{
		{"fr", "Subject: Rappel : Atelier mardi\n\nZoé Martin souhaite rappeler le message « Atelier mardi ».", true},
		{"fr, no-break space", "Subject: Rappel\u00a0: Atelier mardi\nContent-Type: text/plain; charset=utf-8\n\nMARTIN Zoé souhaite rappeler le message «\u00a0Atelier mardi\u00a0».", true},
		{"en", "Subject: Recall: Open day\n\nMartin, Zoe would like to recall the message, \"Open day\".", true},
		{"en, HTML", "Subject: Recall: Open day\nContent-Type: text/html\n\n<html><body><p>Zoe Martin would like to recall the message, &quot;Open day&quot;.</p></body></html>", true},
		{"it", "Subject: Richiamo: Porte aperte\n\nZoe Martin desidera richiamare il messaggio \"Porte aperte\".", true},
		{"es", "Subject: Recuperar: Jornada\n\nZoe Martin desea recuperar el mensaje \"Jornada\".", true},
		{"de", "Subject: Zurückrufen: Offene Tür\nContent-Type: text/plain; charset=utf-8\n\nZoe Martin möchte die Nachricht \"Offene Tür\" zurückrufen.", true},
		{"content class", "Subject: x\nContent-class: urn:content-classes:recallmessage\n\n", true},
		{"content class of a mail", "Subject: Rappel : Atelier mardi\nContent-class: urn:content-classes:message\n\nL'atelier a lieu mardi.", false},
		{"a reminder", "Subject: Rappel : Atelier mardi\n\nBonjour, l'atelier CV a lieu mardi 13 mars 2018 à 14h à Rouen. Je souhaite rappeler que l'entrée est libre.", false},
		{"a reminder in English", "Subject: Recall: 1968 exhibition\n\nThe exhibition would like to recall the months of May and June.", false},
		{"told of", "Subject: Les outils du bureau\n\nUn collègue souhaite rappeler le message « Atelier » : un cours explique comment.", false},
	} {
		m := read(t, c.mail)
		if got := m.IsRecall(); got != c.want {
			t.Errorf("%s: %t", c.name, got)
		}
		if why, made := m.MachineMade(); made != c.want || made && !strings.Contains(why, "delete an earlier mail") {
			t.Errorf("%s: machine made %t (%s)", c.name, made, why)
		}
	}
}

// answerOf returns a calendar's answer, in Outlook's form.
func answerOf(method, param, disposition string) string {
	return "Subject: Accepté : Réunion du réseau\nMIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n\n" +
		"--b\nContent-Type: text/plain; charset=utf-8\n\nJe viendrai avec plaisir.\n" +
		"--b\nContent-Type: text/calendar; charset=utf-8" + param + "\n" + disposition + "\nBEGIN:VCALENDAR\nMETHOD:" + method + "\nVERSION:2.0\nBEGIN:VEVENT\nUID:1@maison.example\n" +
		"DTSTAMP:20180301T100000Z\nDTSTART;TZID=America/Montreal:20180312T093000\nATTENDEE;PARTSTAT=ACCEPTED:mailto:zoe@maison.example\nSUMMARY:Réunion du réseau\nEND:VEVENT\nEND:VCALENDAR\n--b--\n"
}

func TestAutomatic_CalendarAnswers(t *testing.T) {
	t.Parallel()
	const attached = "Content-Disposition: attachment; filename=invite.ics\n"
	for _, c := range []struct{ name, mail, want string }{
		{"reply", answerOf("REPLY", "; method=REPLY", ""), "answer of a calendar (METHOD:REPLY)"},
		{"reply, without the parameter", answerOf("REPLY", "", ""), "answer of a calendar (METHOD:REPLY)"},
		{"reply, a file by its parameter", answerOf("REPLY", "; method=\"reply\"", attached), "answer of a calendar (METHOD:REPLY)"},
		{"counter", answerOf("COUNTER", "; method=COUNTER", ""), "answer of a calendar (METHOD:COUNTER)"},
		{"refresh", answerOf("REFRESH", "; method=REFRESH", ""), "answer of a calendar (METHOD:REFRESH)"},
		{"alone", "Subject: Accepted: Meeting\nContent-Type: text/calendar; method=REPLY\n\nBEGIN:VCALENDAR\nMETHOD:REPLY\nEND:VCALENDAR\n", "answer of a calendar (METHOD:REPLY)"},
		{"an invitation", answerOf("REQUEST", "; method=REQUEST", ""), ""},
		{"a calendar that is published", answerOf("PUBLISH", "; method=PUBLISH", attached), ""},
		{"a cancellation", answerOf("CANCEL", "; method=CANCEL", ""), ""},
		{"a file that somebody attached", answerOf("REPLY", "", attached), ""},
	} {
		if why, made := read(t, c.mail).MachineMade(); why != c.want || made != (c.want != "") {
			t.Errorf("%s: %q", c.name, why)
		}
	}
}

// reactionOf is a reaction in the form that Gmail sends.
func reactionOf(text, json, disposition string) string {
	return "Subject: Re: N° 1\nMIME-Version: 1.0\nIn-Reply-To: <1@cites.example>\nContent-Type: multipart/alternative; boundary=b\n\n" +
		"--b\nContent-Type: text/plain; charset=utf-8; format=flowed; delsp=yes\n\n" + text + "\n" +
		"--b\nContent-Type: text/vnd.google.email-reaction+json; charset=utf-8\n" + disposition + "\n" + json + "\n" +
		"--b\nContent-Type: text/html; charset=utf-8\n\n<p style=\"font-size:50px\">" + text + "</p>\n--b--\n"
}

func TestRead_Reactions(t *testing.T) {
	t.Parallel()
	const thumb = `{"emoji":"👍","version":1}`
	for _, c := range []struct {
		name, mail, emoji string
		reaction          bool
	}{
		{"fr", reactionOf("👍 Élise Marchand a réagi via Gmail", thumb, ""), "👍", true},
		{"pt", reactionOf("Inês Duarte reagiu com 👍 através do Gmail", thumb, ""), "👍", true},
		{"ja", reactionOf("👍 さんが Gmail でリアクションしました", thumb, ""), "👍", true},
		{"of several code points", reactionOf("👩‍💻 Élise a réagi", `{"emoji":"👩‍💻","version":1}`, ""), "👩‍💻", true},
		{"alone", "Subject: x\nContent-Type: text/vnd.google.email-reaction+json; charset=utf-8\n\n" + thumb, "👍", true},
		{"another than is shown", reactionOf("👎 Élise Marchand a réagi via Gmail", thumb, ""), "", true},
		{"a word", reactionOf("OUI a réagi via Gmail", `{"emoji":"OUI","version":1}`, ""), "", true},
		{"another version", reactionOf("👍", `{"emoji":"👍","version":2}`, ""), "", true},
		{"no JSON", reactionOf("👍", `👍`, ""), "", true},
		{"a file", reactionOf("👍", thumb, "Content-Disposition: attachment; filename=a.json\n"), "", false},
		{"none", "Subject: x\n\n👍", "", false},
	} {
		m := read(t, c.mail)
		if m.Reaction != c.reaction || m.Emoji != c.emoji {
			t.Errorf("%s: reaction %t, emoji %q", c.name, m.Reaction, m.Emoji)
		}
		if want := c.name == "a file"; len(m.Parts) > 0 != want {
			t.Errorf("%s: parts %+v", c.name, m.Parts)
		}
	}
}
