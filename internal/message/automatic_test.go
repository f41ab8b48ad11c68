package message

import "testing"

func TestAutomatic_ByAnyOneMark(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		header    string
		automatic bool
	}{
		{"Subject: Nouvelle formation à Porto", false},
		{"X-Auto-Response-Suppress: DR, OOF, AutoReply", false},
		{"Auto-Submitted: no", false},
		{"Return-Path: <a@b.example>", false},
		{"Precedence: first-class", false},
		{"Subject: Absence de transports : la Cité s'adapte", false},
		{"Subject: Absences et présences, une exposition", false},
		{"Subject: Office ouvert", false},
		{"Subject: Notre réponse automatique aux demandes", false},
		{"Subject: En congés, pensez à l'orientation", false},
		{"Return-Path: <>", true},
		{"Auto-Submitted: auto-replied", true},
		{"Auto-Submitted: auto-generated (vacation)", true},
		{"Precedence: bulk", true},
		{"List-Id: <x.example>", true},
		{"X-Autoreply: yes", true},
		{"Content-Type: multipart/report; report-type=delivery-status; boundary=x", true},
		{"Content-Type: multipart/report; report-type=disposition-notification; boundary=x", true},
		{"From: MAILER-DAEMON@b.example", true},
		{"Subject: Réponse automatique : votre demande", true},
		{"Subject: Réponse automatique\u00a0: votre demande", true},
		{"Subject: =?utf-8?Q?Absence_du_bureau?=", true},
		{"Subject: Re: Out of office", true},
		{"Subject: Automatic reply: InfoLettre", true},
		{"Subject: Automatische Antwort: Anfrage", true},
		{"Subject: Abwesenheitsnotiz", true},
		{"Subject: Resposta automática: carta", true},
		{"Subject: Risposta automatica: lettera", true},
		{"Subject: Respuesta automática: carta", true},
		{"Subject: Lu : votre message", true},
		{"Subject: Read: your message", true},
		{"Subject: Undeliverable: InfoLettre", true},
		{"Subject: Please confirm your message", true},
	} {
		m := read(t, c.header+"\n\nOUI")
		if why, got := m.Automatic(); got != c.automatic || got != (why != "") {
			t.Errorf("%s: %v (%s)", c.header, got, why)
		}
	}
}

func TestSpam_ByEachFiltersMark(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]bool{
		"X-Spam-Flag: YES": true, "X-Spam-Status: Yes, score=9.1": true, "X-Spam-Flag: NO": false,
		"X-Spam-Status: No, score=0.1": false, "Subject: spam": false,
	} {
		if got := read(t, header+"\n\nx").IsSpam(); got != want {
			t.Errorf("%s: %v", header, got)
		}
	}
}
