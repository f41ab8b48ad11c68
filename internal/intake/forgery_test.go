package intake_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"infolettre/internal/item"
	"infolettre/internal/newsroom"
	"infolettre/internal/token"
)

// modes are all the ways of knowing who wrote.
var modes = []mode{
	{name: "authserv_id of a server", authservID: "mx.poste.example", challenge: true, arrives: func(domain, verdict string) string {
		return atPoste(domain, orNone(verdict))
	}},
	{name: "authserv_id of a server that is known to write above", authservID: "mx.poste.example", known: true, challenge: true, arrives: func(domain, verdict string) string {
		return atPoste(domain, verdict)
	}},
	{name: "google", authservID: "google", challenge: true, arrives: func(domain, verdict string) string {
		return "Delivered-To: info@cites.example\r\n" +
			"Received: by 2002:a05:6214:586:b0:6b5:2f57:1a63 with SMTP id f25csp1308300ejq; Thu, 25 Jan 2018 01:00:00 -0800 (PST)\r\n" +
			"ARC-Authentication-Results: i=1; mx.google.com; dmarc=" + orNone(verdict) + "\r\n" +
			"Received: from out." + domain + " (out." + domain + ". [198.51.100.9])\r\n        by mx.google.com with ESMTPS id up6si7122038wjc; Thu, 25 Jan 2018 01:00:00 -0800 (PST)\r\n" +
			"Authentication-Results: mx.google.com;\r\n       spf=pass (google.com: domain of x@" + domain + " designates 198.51.100.9) smtp.mailfrom=x@" + domain + ";\r\n       dmarc=" + orNone(verdict) + "\r\n"
	}},
	{name: "microsoft", authservID: "microsoft", challenge: true, arrives: func(domain, verdict string) string {
		return "Received: from VI1PR04MB1001.eurprd04.prod.outlook.com (2603:10a6:800:10::15) by\r\n AM0PR04MB2002.eurprd04.prod.outlook.com with HTTPS; Thu, 25 Jan 2018 09:00:04 +0000\r\n" +
			"Received: from DB5EUR03FT042.eop-EUR03.prod.protection.outlook.com\r\n (2603:10a6:10:110:cafe::8) by DB8PR04CA0012.outlook.office365.com\r\n (2603:10a6:10:110::22) with Microsoft SMTP Server; Thu, 25 Jan 2018 09:00:03 +0000\r\n" +
			"Authentication-Results: spf=pass (sender IP is 198.51.100.9)\r\n smtp.mailfrom=" + domain + "; dkim=none (message not signed)\r\n header.d=none;dmarc=" + orNone(verdict) + ";compauth=pass reason=130\r\n" +
			"Received: from out." + domain + " (198.51.100.9) by\r\n DB5EUR03FT042.mail.protection.outlook.com (10.152.20.126) with Microsoft SMTP Server; Thu, 25 Jan 2018 09:00:02 +0000\r\n"
	}},
	unsaid,
	{name: "no server's, verify = none", challenge: true, arrives: unsaid.arrives},
	{name: "no server's, no_auth = handle", keys: true, arrives: unsaid.arrives},
}

// atPoste is what a server of its own writes; nothing of who wrote for no verdict.
func atPoste(domain, verdict string) string {
	field := ""
	if verdict != "" {
		field = "Authentication-Results: mx.poste.example; dmarc=" + verdict + "\r\n"
	}
	return field + "Received: from out." + domain + " (out." + domain + " [198.51.100.9]) by mx1.poste.example (Postfix) with ESMTPS; Thu, 25 Jan 2018 10:00:00 +0100\r\n"
}

func orNone(verdict string) string {
	if verdict == "" {
		return "none action=none header.from=reseau.example"
	}
	return verdict
}

// everyForm are results in Élise's favour, in the forms of all servers.
const everyForm = "Authentication-Results: mx.poste.example; dkim=pass header.d=reseau.example; dmarc=pass header.from=reseau.example\r\n" +
	"Authentication-Results: mx.google.com; dkim=pass header.i=@reseau.example; dmarc=pass (p=NONE) header.from=reseau.example\r\n" +
	"Authentication-Results: spf=pass (sender IP is 192.0.2.7) smtp.mailfrom=reseau.example; dkim=pass header.d=reseau.example;dmarc=pass action=none header.from=reseau.example;compauth=pass reason=100\r\n"

const ownHops = "Received: from mx1.poste.example (mx1.poste.example [198.51.100.9]) by mx.poste.example with ESMTP; x\r\n" +
	"Received: by 2002:a05:6214:586:0:0:0:0 with SMTP id x; y\r\n" +
	"Received: from out.reseau.example (out.reseau.example. [192.0.2.7]) by mx.google.com with ESMTPS id x; y\r\n" +
	"Received: from DB5EUR03FT042.eop-EUR03.prod.protection.outlook.com (2603:10a6:10:110:cafe::8) by DB8PR04CA0012.outlook.office365.com (2603:10a6:10:110::22); x\r\n"

// forger is what somebody has who wants an item approved: the address that answers the
// request about it (save in the mode that asks for no more than that), and a signed answer
// of Élise's to another request.
type forger struct {
	b        *bench
	m        mode
	to, code string // the handle as an address, and as a subject has it
	mid      string // as the Message-ID of the request
	captured string // signed; its To, Subject and In-Reply-To are covered
	partly   string // signed, From, Date and Message-ID alone
}

// plain is a mail as Élise writes it, with other fields in place of its From, or above it.
func (f forger) plain(from, fields string) string {
	raw := f.b.draft(f.to, fields, "OUI")
	if from == "" {
		return raw
	}
	_, rest, _ := strings.Cut(raw, "\r\n")
	return from + rest
}

// forgeries are what a forger can send. The server says of each what it finds out.
var forgeries = map[string]func(f forger) (raw, verdict string){
	"an OUI in her name":        func(f forger) (string, string) { return f.plain("", ""), "fail header.from=reseau.example" },
	"of which no more is known": func(f forger) (string, string) { return f.plain("", ""), "" },
	"the server checks nothing": func(f forger) (string, string) {
		return everyForm + f.plain("", ""), "none"
	},
	"results of the forger's": func(f forger) (string, string) { return everyForm + f.plain("", ""), "fail header.from=reseau.example" },
	"results on top of others": func(f forger) (string, string) {
		return everyForm + "Received: from a by b; c\r\n" + everyForm + f.plain("", ""), ""
	},
	"results above hops of ours": func(f forger) (string, string) { return everyForm + ownHops + f.plain("", ""), "" },
	"results below hops of ours": func(f forger) (string, string) { return ownHops + everyForm + f.plain("", ""), "" },
	"results between hops of ours": func(f forger) (string, string) {
		return ownHops + everyForm + ownHops + f.plain("", ""), "fail header.from=reseau.example"
	},
	"a whole genuine trace": func(f forger) (string, string) {
		return f.m.arrives("reseau.example", "pass header.from=reseau.example") + f.plain("", ""), ""
	},
	"results by ARC": func(f forger) (string, string) {
		return strings.ReplaceAll(everyForm, "Auth", "ARC-Auth") + f.plain("", ""), ""
	},
	"results in a comment": func(f forger) (string, string) {
		return f.plain("", ""), "none (dmarc=pass header.from=reseau.example) header.from=reseau.example"
	},
	"results in a quoted mailbox": func(f forger) (string, string) {
		return f.plain("", ""), `none; spf=pass smtp.mailfrom="a\"; dkim=pass header.d=reseau.example; b=\""@mal.example`
	},
	"a pass for the forger": func(f forger) (string, string) { return f.plain("", ""), "pass header.from=mal.example" },
	"SPF of the forger's": func(f forger) (string, string) {
		return f.plain("", ""), "none; spf=pass smtp.mailfrom=elise@reseau.example.mal.example"
	},
	"her address as a name": func(f forger) (string, string) {
		return f.plain(`From: "`+elise+`" <x@mal.example>`+"\r\n", ""), "pass header.from=mal.example"
	},
	"her address as a name, bare": func(f forger) (string, string) {
		return f.plain("From: "+elise+" <x@mal.example>\r\n", ""), "pass header.from=mal.example"
	},
	"the forger's address as a name": func(f forger) (string, string) { return f.plain("From: x@mal.example <"+elise+">\r\n", ""), "pass" },
	"an @ as a name":                 func(f forger) (string, string) { return f.plain("From: x@mal <"+elise+">\r\n", ""), "pass" },
	"encoded From": func(f forger) (string, string) {
		return f.plain("From: =?utf-8?Q?=3Celise=40reseau=2Eexample=3E?=\r\n", ""), "pass"
	},
	"two in From": func(f forger) (string, string) {
		return f.plain("From: x@mal.example, "+elise+"\r\n", ""), "pass header.from=mal.example"
	},
	"two angle addresses": func(f forger) (string, string) {
		return f.plain("From: <x@mal.example> <"+elise+">\r\n", ""), "pass header.from=mal.example"
	},
	"a group": func(f forger) (string, string) {
		return f.plain("From: a: x@mal.example, "+elise+";\r\n", ""), "pass header.from=mal.example"
	},
	"two From": func(f forger) (string, string) {
		return f.plain("From: x@mal.example\r\nFrom: "+elise+"\r\n", ""), "pass header.from=mal.example"
	},
	"two From, hers first": func(f forger) (string, string) {
		return f.plain("From: "+elise+"\r\nFrom: x@mal.example\r\n", ""), "pass header.from=mal.example"
	},
	"Sender and Reply-To of hers": func(f forger) (string, string) {
		return f.plain("From: x@mal.example\r\nSender: "+elise+"\r\nReply-To: "+elise+"\r\n", ""), "pass header.from=mal.example"
	},
	"a route": func(f forger) (string, string) {
		return f.plain("From: <@mal.example:"+elise+">\r\n", ""), "pass header.from=mal.example"
	},

	"signed by the forger": func(f forger) (string, string) { return sign(f.plain("", ""), signature{domain: "mal.example"}), "" },
	"signed by a domain like hers": func(f forger) (string, string) {
		return sign(f.plain("", ""), signature{domain: "reseau.example.mal.example"}), ""
	},
	"signed by a domain above hers": func(f forger) (string, string) { return sign(f.plain("", ""), signature{domain: "example"}), "" },
	"signed by the forger for her": func(f forger) (string, string) {
		return sign(f.plain("", ""), signature{key: privateKey("mal.example")}), ""
	},
	"signed with i= of hers": func(f forger) (string, string) {
		return sign(f.plain("", ""), signature{domain: "mal.example", tags: "i=@reseau.example; "}), ""
	},
	"signed by the forger, From added": func(f forger) (string, string) {
		return "From: " + elise + "\r\n" + sign(f.plain("From: x@mal.example\r\n", ""), signature{domain: "mal.example"}), ""
	},
	"signed, From spelt another way": func(f forger) (string, string) {
		return "From : " + elise + "\r\n" + sign(f.plain("From: x@mal.example\r\n", ""), signature{domain: "mal.example"}), ""
	},
	"signed, a second d=": func(f forger) (string, string) {
		return sign(f.plain("", ""), signature{domain: "mal.example", tags: "d=reseau.example; "}), ""
	},

	"her answer to another request": func(f forger) (string, string) { return f.captured, stillSigned },
	"delivered to the request":      func(f forger) (string, string) { return "Delivered-To: " + f.to + "\r\n" + f.captured, stillSigned },
	"by X-Original-To":              func(f forger) (string, string) { return "X-Original-To: " + f.to + "\r\n" + f.captured, stillSigned },
	"by Envelope-To":                func(f forger) (string, string) { return "Envelope-To: " + f.to + "\r\n" + f.captured, stillSigned },
	"another To above":              func(f forger) (string, string) { return "To: " + f.to + "\r\n" + f.captured, stillSigned },
	"another To in place":           func(f forger) (string, string) { return replaceField(f.captured, "To", f.to), "" },
	"another Cc":                    func(f forger) (string, string) { return "Cc: " + f.to + "\r\n" + f.captured, "" },
	"another Subject above":         func(f forger) (string, string) { return "Subject: Re: " + f.code + "\r\n" + f.captured, stillSigned },
	"the Subject goes on": func(f forger) (string, string) {
		return strings.Replace(f.captured, "\r\nIn-Reply-To", "\r\n"+f.code+"\r\nIn-Reply-To", 1), ""
	},
	"To goes on": func(f forger) (string, string) {
		return strings.Replace(f.captured, "\r\nDate", "\r\n, "+f.to+"\r\nDate", 1), ""
	},
	"a header that ends twice":          func(f forger) (string, string) { return "To: " + f.to + "\r\n\r\r\n" + f.captured, "" },
	"only its From is signed, other To": func(f forger) (string, string) { return replaceField(f.partly, "To", f.to), stillSigned },
	"only its From is signed, Subject": func(f forger) (string, string) {
		return "Subject: " + f.code + "\r\n" + strings.Replace(f.partly, "To: ", "X-To: ", 1), stillSigned
	},
	"only its From is signed, In-Reply-To": func(f forger) (string, string) {
		return "In-Reply-To: <" + f.mid + "@cites.example>\r\n" + strings.Replace(f.partly, "To: ", "X-To: ", 1), stillSigned
	},
	"only its From is signed, References": func(f forger) (string, string) {
		return "References: <" + f.mid + "@cites.example>\r\n" + strings.Replace(f.partly, "To: ", "X-To: ", 1), stillSigned
	},
	"another body": func(f forger) (string, string) {
		return strings.Replace(replaceField(f.captured, "To", f.to), "\r\n\r\nOUI", "\r\n\r\nOUI, tout de suite", 1), ""
	},
	"l= of nothing, believed by the server": func(f forger) (string, string) {
		return strings.Replace(sign(f.b.draft(f.to, "", "PLUS TARD"), signature{tags: "l=0; "}), "PLUS TARD", "OUI", 1), stillSigned
	},
	"her answer read by another boundary": func(f forger) (string, string) {
		raw := f.b.draft(f.to, "", "NON, hors sujet\r\n\r\n--b\r\n\r\nOUI\r\n--b--")
		return replaceField(sign(raw, signature{covers: "From:To:Date"}), "Content-Type", "multipart/mixed; boundary=b"), stillSigned
	},
	"l= of nothing": func(f forger) (string, string) {
		return replaceField(sign(f.b.draft(mailbox, "", "OUI"), signature{tags: "l=0; ", covers: "From:Date"}), "To", f.to), ""
	},
	"a week old, to the request": func(f forger) (string, string) {
		old := f.b.draft(f.to, "", "OUI")
		date := f.b.clock.Now().AddDate(0, 0, -8).Format(time.RFC1123Z)
		return sign(replaceField(old, "Date", date), signature{}), ""
	},
	"expired, to the request": func(f forger) (string, string) {
		return sign(f.plain("", ""), signature{tags: "t=1500000000; x=1500086400; "}), ""
	},
}

// stillSigned is what a server says of a copy of an answer of Élise's whose signature still
// holds, by whomever it is sent.
const stillSigned = "pass header.from=reseau.example"

func replaceField(raw, name, value string) string {
	at := strings.Index(raw, "\r\n"+name+": ")
	if at < 0 {
		panic(fmt.Sprintf("no %s in %q", name, raw))
	}
	end := at + 2 + strings.Index(raw[at+2:], "\r\n")
	return raw[:at+2] + name + ": " + value + raw[end:]
}

// No forgery approves an item, leaves a vote to anybody or signs anything, however the
// newsletter knows who wrote; and a genuine OUI does in the end.
func TestForgery_NoneDecides(t *testing.T) {
	for _, m := range modes {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			b := m.bench(t, newZone())
			if m.known {
				if err := b.store.RecordServer(t.Context(), m.authservID, true, b.clock.Now()); err != nil {
					t.Fatal(err)
				}
			}
			b.clock.Set(b.clock.Now().Add(time.Hour))
			wanted := b.news(2)
			other := wanted - 1
			q, theirs := b.about(wanted, elise), b.about(other, elise)
			f := forger{b: b, m: m, to: b.addressOf(q), code: q.Handle(b.service.Secret).Subject(), mid: q.Handle(b.service.Secret).String()}
			if !m.challenge { // whoever knows the address is trusted: the forger does not
				f = forger{b: b, m: m}
				h := b.about(wanted, marco).Handle(b.service.Secret)
				f.to, f.code, f.mid = "info+"+h.String()+"@cites.example", h.Subject(), h.String()
			}
			hers := theirs.Handle(b.service.Secret)
			f.captured = sign(b.draft(b.addressOf(theirs), "Subject: Re: "+hers.Subject()+"\r\nIn-Reply-To: <"+hers.String()+"@cites.example>\r\n", "OUI"), signature{})
			f.partly = sign(b.draft(b.addressOf(theirs), "", "OUI"), signature{covers: "From:Date:Message-ID"})
			b.bring(m.arrives("reseau.example", "pass header.from=reseau.example") + f.captured)
			genuine := len(b.decisions(other)) // to be confirmed where nobody vouches
			if want := m.name != "no server's, verify = none"; (genuine == 1) != want {
				t.Fatalf("the answer that the forger copies: %d decisions", genuine)
			}
			for name, forge := range forgeries {
				b.clock.Set(b.clock.Now().Add(90 * time.Second)) // fewer than are let through in an hour
				raw, verdict := forge(f)
				b.bring(m.arrives("mal.example", verdict) + raw)
				if n := len(b.decisions(wanted)); n != 0 {
					t.Fatalf("%s: decided by %q\n%s", name, b.decisions(wanted)[0].How, m.arrives("mal.example", verdict)+raw)
				}
				if n := len(b.decisions(other)); n != genuine {
					t.Fatalf("%s: the other item has %d decisions", name, n)
				}
				if !m.challenge && strings.Contains(raw, hers.String()) {
					continue // who knows an address of hers is trusted, for anything
				}
				text := strings.Replace(raw, "\r\n\r\nOUI", "\r\n\r\nDÉLÉGUER à Paul Lenoir jusqu'au 20/02/2018", 1)
				if verdict == stillSigned { // but now it does not
					verdict = "fail header.from=reseau.example"
				}
				b.bring(m.arrives("mal.example", verdict) + text)
				b.read(func(v newsroom.View) error {
					d, err := v.Delegation(elise)
					if d.Deputy.Address != "" {
						t.Fatalf("%s: her vote is left to %s", name, d.Deputy.Address)
					}
					return err
				})
			}
			b.clock.Set(b.clock.Now().Add(2 * time.Hour))
			b.bring(m.arrives("reseau.example", "pass header.from=reseau.example") + sign(b.draft(b.addressOf(q), "", "OUI"), signature{}))
			if m.name == "no server's, verify = none" {
				confirm, ok := b.last(token.Challenge, elise)
				if !ok {
					t.Fatal("no confirmation was asked for")
				}
				b.bring(m.arrives("reseau.example", "") + b.draft(b.addressOf(confirm), "", "OUI"))
			}
			if decided := b.decisions(wanted); len(decided) != 1 || decided[0].Editor != elise || b.item(wanted).State != item.Approved {
				t.Errorf("her own OUI: %+v", decided)
			}
		})
	}
}

// Where whoever knows the address is trusted, what the server calls forged still decides
// nothing, and its author's own does.
func TestForgery_FailedAuthenticationDecidesNothing(t *testing.T) {
	for _, m := range modes[:4] {
		if m.known {
			continue
		}
		m.challenge = false
		b := m.bench(t, newZone())
		id := b.news(1)
		to := b.addressOf(b.about(id, elise))
		b.bring(m.arrives("mal.example", "fail header.from=reseau.example") + everyForm + b.draft(to, "", "OUI"))
		if n := len(b.decisions(id)); n != 0 {
			t.Errorf("%s: what fails decides", m.name)
		}
		b.bring(m.arrives("reseau.example", "pass header.from=reseau.example") + b.draft(to, "", "OUI"))
		if d := b.decisions(id); len(d) != 1 || !strings.Contains(d[0].How, "DMARC passes") {
			t.Errorf("%s: her own: %+v", m.name, d)
		}
	}
}
