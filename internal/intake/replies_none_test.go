package intake_test

import "strings"

// repliesDeciding seem to decide at their first word, and do not.
var repliesDeciding = []given{
	{name: "nothing: oui et non", by: "gmail", text: "Oui et non"},
	{name: "nothing: OUI NON", by: "iphone", text: "OUI NON"},
	{name: "nothing: oui ou non", by: "samsung", text: "oui ou non, je ne sais pas"},
	{name: "nothing: OK ?", by: "outlook", text: "OK ?"},
	{name: "nothing: Oui ?", by: "gmail", text: "Oui\u00a0?"},
	{name: "nothing: pas OK", by: "thunderbird", text: "pas OK", or: ptr(refused("*"))},
	{name: "nothing: pas d'accord", by: "iphone", text: "Pas d'accord", or: ptr(refused("*"))},
	{name: "nothing: pas validé", by: "zimbra", text: "Pas validé", or: ptr(refused("*"))},
	{name: "nothing: not approved", by: "gmail-en", from: "graham", text: "Not approved", or: ptr(refused("*"))},
	{name: "nothing: not OK", by: "iphone-en", from: "graham", text: "Not OK with me", or: ptr(refused("*"))},
	{name: "nothing: non mais oui", by: "gmail", text: "non mais oui"},
	{name: "nothing: oui bien sûr que non", by: "apple", text: "Oui bien sûr que non"},
	{name: "nothing: OK mais", by: "outlook-ios", text: "OK mais la date est fausse"},
	{name: "nothing: OK, mais, with a comma", by: "gmail", text: "OK, mais pas avant mardi."},
	{name: "nothing: yes but", by: "gmail-en", from: "graham", text: "Yes, but not this month"},
	{name: "nothing: OK if Marie agrees", by: "iphone", text: "ok si Marie est d'accord"},
	{name: "nothing: oui à condition", by: "outlook", text: "Oui, à condition de retirer la photo.", sign: signCorporate},
	{name: "nothing: oui sous réserve", by: "zimbra", text: "Oui sous réserve de l'accord de la délégation"},
	{name: "nothing: validé sous réserve", by: "thunderbird-html", text: "Validé, sous réserve de relecture par Solène"},
	{name: "nothing: OK une fois", by: "yahoo", text: "OK une fois la date corrigée"},
	{name: "nothing: OK après", by: "orange", text: "OK après correction du titre"},
	{name: "nothing: oui dès que", by: "k9", text: "Oui dès que la photo arrive"},
	{name: "nothing: oui sauf", by: "samsung", text: "Oui, sauf la photo"},
	{name: "nothing: yes as long as", by: "apple-en", from: "graham", text: "Yes, as long as the venue is confirmed"},
	{name: "nothing: approved provided", by: "outlook-en", from: "graham", text: "Approved, provided that Nadia agrees"},
	{name: "nothing: fine once", by: "gmail-en", from: "ines", text: "Fine with me once the date is fixed"},
	{name: "nothing: yes unless", by: "iphone-en", from: "graham", text: "Yes unless Katrin objects"},
	{name: "nothing: yes except", by: "proton", from: "graham", text: "Yes, except the second paragraph"},
	{name: "nothing: irony", by: "outlook", text: "OK, encore un texte bourré de fautes : à refaire"},
	{name: "nothing: received", by: "gmail", text: "Oui je l'ai bien reçu, je regarde demain"},
	{name: "nothing: OK je regarde", by: "iphone", text: "OK je regarde"},
	{name: "nothing: OK, a promise to answer", by: "samsung", text: "ok, je te réponds ce soir"},
	{name: "nothing: OK vu", by: "gmail-app", text: "OK, bien reçu, j'y reviens lundi"},
	{name: "nothing: yes, got it", by: "gmail-en", from: "graham", text: "Yes I got it, will read tomorrow"},
	{name: "nothing: OK will look", by: "iphone-en", from: "graham", text: "OK, will have a look tonight"},
	{name: "nothing: agreeing that it is no", by: "apple", text: "D'accord avec Marco : c'est non", or: ptr(refused("*"))},
	{name: "nothing: agreeing with a refusal", by: "gmail", text: "D'accord pour refuser", or: ptr(refused("*"))},
	{name: "nothing: OK to put off", by: "outlook", text: "OK pour reporter au prochain numéro", or: &later},
	{name: "nothing: OK for a refusal", by: "gmail", text: "OK pour le refus", or: ptr(refused("*"))},
	{name: "nothing: validated by whom", by: "outlook", text: "Validé par qui ?"},
	{name: "nothing: approved by somebody?", by: "gmail-en", from: "graham", text: "Approved by whom?"},
	{name: "nothing: the problem", by: "gmail", text: "Oui, c'est bien le problème"},
	{name: "nothing: yes, that is the problem", by: "gmail-en", from: "graham", text: "Yes, that is exactly the problem"},
	{name: "nothing: yes, I see the error", by: "thunderbird", text: "Oui, je vois l'erreur, le lien ne marche pas"},
	{name: "nothing: yes, who wrote it?", by: "iphone", text: "Oui, et qui a écrit cela ?"},
	{name: "nothing: yes, one moment", by: "samsung", text: "Oui, un instant"},
	{name: "nothing: oui peut-être", by: "apple", text: "Oui peut-être"},
	{name: "nothing: plutôt oui", by: "gmail", text: "Plutôt oui, à discuter vendredi"},
	{name: "nothing: oui en principe", by: "outlook-web", text: "Oui en principe"},
	{name: "nothing: je valide demain", by: "iphone", text: "Je valide demain"},
	{name: "nothing: je valide pas", by: "samsung", text: "Je valide pas"},
	{name: "nothing: je ne valide pas", by: "gmail", text: "Je ne valide pas ce texte", or: ptr(refused("*"))},
	{name: "nothing: c'est bon ?", by: "k9", text: "C'est bon pour vous ?"},
	{name: "nothing: c'est pas bon", by: "gmail-app", text: "C'est pas bon", or: ptr(refused("*"))},
	{name: "nothing: looks good to me?", by: "gmail-en", from: "graham", text: "Looks good to you?"},
	{name: "nothing: go ahead without it", by: "apple-en", from: "graham", text: "Go ahead without this one", or: ptr(refused("*"))},
	{name: "nothing: good, not good", by: "gmail-en", from: "graham", text: "Yes? No? I cannot decide."},
	{name: "nothing: OK for a part", by: "zimbra", text: "OK pour le premier paragraphe seulement"},
	{name: "nothing: a yes among words", by: "outlook", text: "Je crois que Solène avait dit oui à ce texte, il faudrait lui demander."},
	{name: "nothing: an order in a paragraph", by: "gmail", text: "J'ai lu le texte de Rouen. Il me semble que OUI serait une réponse possible, et NON une autre.\nÀ voir ensemble."},
	{name: "nothing: an order on the last line", by: "thunderbird", text: "Le texte de Rouen m'a d'abord paru long, puis j'ai relu celui de l'an dernier, qui l'était davantage.\nLa photo est belle, le titre un peu plat.\nJe me demande ce qu'en pense la délégation, et si la date est sûre.\n\nOUI"},
	{name: "nothing: talk", by: "iphone", text: "Merci, je lis ça dans le train."},
	{name: "nothing: a question", by: "orange", text: "Est-ce qu'on a une photo libre de droits ?"},
	{name: "nothing: thumbs down", by: "iphone", text: "👎", or: ptr(refused("*"))},
	{name: "nothing: thumbs up and down", by: "gmail-app", text: "👍 ou 👎 ?"},
	{name: "nothing: a thoughtful face", by: "samsung", text: "OK 🤔"},
	{name: "nothing: OK…", by: "gmail", text: "Ok, admettons... et la photo, elle est à qui ?"},
	{name: "nothing: sign with a condition", by: "outlook", text: "BON À TIRER sous réserve de la page 2"},
	{name: "nothing: sign after correction", by: "gmail", text: "Bon à tirer après correction du titre"},
	{name: "nothing: sign?", by: "iphone", text: "Bon à tirer ?"},
	{name: "nothing: not to sign", by: "zimbra", text: "Pas bon à tirer"},
	{name: "nothing: do not sign off", by: "gmail-en", from: "graham", text: "Do not sign off yet"},
}

// repliesTakenBack begin with a clear line and take it back below.
var repliesTakenBack = []given{
	{name: "taken back: PS", by: "gmail", text: "OUI\n\nPS : ne pas publier avant mardi"},
	{name: "taken back: PS in English", by: "gmail-en", from: "graham", text: "Yes\n\nPS: please do not publish before Tuesday."},
	{name: "taken back: wait after all", by: "iphone", text: "Oui\n\nAttendez finalement, Marco veut relire."},
	{name: "taken back: save the picture", by: "outlook", text: "OK\n\nSauf la photo, qui n'est pas libre de droits.\n\nCordialement,", sign: signLegal},
	{name: "taken back: embargo", by: "outlook-en", from: "graham", text: "Approved\n\nEmbargo until Thursday noon.", sign: signEnglish},
	{name: "taken back: French embargo", by: "zimbra", text: "Validé\n\nSous embargo jusqu'au 12 février."},
	{name: "taken back: as long as", by: "apple-en", from: "graham", text: "Yes.\n\nAs long as the minister's name comes out."},
	{name: "taken back: under reserve", by: "thunderbird", text: "Oui\n\nSous réserve de l'accord de la Région."},
	{name: "taken back: a condition below thanks", by: "yahoo", text: "OK\n\nMerci à tous.\n\nÀ condition que la date soit confirmée."},
	{name: "taken back: a no below", by: "samsung", text: "OUI\n\nNon, en fait non."},
	{name: "taken back: a question below", by: "gmail", text: "OUI\n\nMais est-ce bien le 22 mars ?"},
	{name: "taken back: a mistake to correct", by: "orange", text: "Ok\n\nIl faut corriger la date avant : c'est le 23."},
	{name: "taken back: remove a sentence", by: "k9", text: "Oui\n\nEnlevez la dernière phrase avant de publier."},
	{name: "taken back: once corrected", by: "outlook-web", text: "Validé\n\nUne fois la faute du titre corrigée."},
	{name: "taken back: I was wrong", by: "iphone", text: "Oui\n\nOubliez, je me suis trompée de texte."},
	{name: "taken back: hold on", by: "iphone-en", from: "graham", text: "Yes\n\nActually, hold on. Let me ask Katrin first."},
	{name: "taken back: in the same paragraph", by: "gmail", text: "OUI. Ne publiez rien avant mon appel."},
	{name: "taken back: after the name", by: "outlook", text: "OUI\n\nÉlise\n\nP.-S. Ne le mettez pas en ligne avant le conseil de jeudi."},
	{name: "taken back: below the quote", by: "gmail", text: "OUI", with: func(s *sheet) {
		s.text += "\n\nFinalement non, ne le publiez pas.\n"
		s.html += `<div>Finalement non, ne le publiez pas.</div>`
	}},
	{name: "taken back: between the quotes", by: "roundcube", text: "OUI", with: func(s *sheet) {
		s.text = strings.Replace(s.text, "> Que faut-il", "Cette date est fausse, ne publiez pas en l'état.\n\n> Que faut-il", 1)
	}},
	{name: "taken back: in German", by: "gmail-de", from: "katrin", text: "OK. Aber bitte nicht vor Dienstag"},
	{name: "taken back: in German, below", by: "iphone-de", from: "katrin", text: "Oui\n\nBitte noch warten, bis der Titel stimmt."},
	{name: "taken back: in Italian", by: "gmail-it", from: "marco", text: "OK\n\nMa non prima di martedì, per favore."},
	{name: "taken back: in Italian, a condition", by: "iphone-it", from: "marco", text: "Oui, se Paola è d'accordo"},
	{name: "taken back: in Spanish", by: "gmail-es", from: "lucia", text: "OK, pero no antes del martes"},
	{name: "taken back: in Spanish, below", by: "iphone-es", from: "lucia", text: "Oui\n\nSalvo la foto, por favor: no tenemos permiso."},
	{name: "taken back: in Portuguese", by: "gmail-pt", from: "ines", text: "Yes\n\nMas só depois de terça-feira, por favor."},

	// What looks like a notice, a banner or a signature, and is none.
	{name: "taken back: as notices say it", by: "gmail", text: "OUI\n\nMerci de ne pas diffuser ce texte avant jeudi."},
	{name: "taken back: confidential until", by: "outlook", text: "Oui\n\nCe texte est confidentiel jusqu'à jeudi, à ne pas diffuser.", sign: signLegal},
	{name: "taken back: confidential, in English", by: "outlook-en", from: "graham", text: "Approved\n\nThis text is confidential and must not be published before the board has met.", sign: signEnglish},
	{name: "taken back: consider before printing", by: "gmail-en", from: "graham", text: "Yes\n\nPlease consider changing the title before printing."},
	{name: "taken back: below the signature", by: "outlook", text: "OUI", sign: signCorporate + "\n\nPS : attendez mardi pour le publier."},
	{name: "taken back: below the notice", by: "outlook-web", text: "OUI", sign: signLegal + "\n\nPS : attendez mardi pour le publier."},
	{name: "taken back: above a notice", by: "zimbra", text: "Validé\n\nSi Nadia n'est pas d'accord, ne publiez pas.", sign: signLegal},
	{name: "taken back: below a phone's line", by: "plain", text: "OUI\n\nEnvoyé de mon iPhone\n\nPS : pas avant mardi !"},
	{name: "taken back: a warning above the order", by: "gmail", text: "Attention : la date est fausse.\n\nOUI"},
	{name: "taken back: a warning below a banner", by: "outlook", text: "Attention, la date est fausse.\n\nOUI", banner: bannerFrench},
}

const forwarded = `

---------- Forwarded message ---------
De : InfoLettre <info@cites.example>
Date: lun. 5 févr. 2018 à 09:12
Subject: À relire, n° 1 : Un forum des métiers de la mer à Rouen
To: Élise Marchand <elise@reseau.example>


OUI

Bonjour Élise Marchand,
Nadia Berthier propose ce texte.`

// repliesElsewhere hold a verb only where it says nothing.
var repliesElsewhere = []given{
	{name: "elsewhere: empty", by: "iphone", text: ""},
	{name: "elsewhere: blank lines", by: "outlook", text: "\n\n"},
	{name: "elsewhere: in the subject", by: "gmail", text: "", with: func(s *sheet) { s.subject = "OUI" }},
	{name: "elsewhere: in the subject, with a signature", by: "outlook", text: "", sign: signCorporate, with: func(s *sheet) { s.subject = "OUI Re: À relire, n° 1" }},
	{name: "elsewhere: in the subject, of a bare mail", by: "plain", text: " ", with: func(s *sheet) { s.subject = "Re: OUI" }},
	{name: "elsewhere: in the quote", by: "thunderbird", text: "Merci, je vous dis cela demain."},
	{name: "elsewhere: in a quote of an answer", by: "gmail", text: "Voir plus bas.", with: func(s *sheet) {
		s.text = strings.Replace(s.text, "\n> ", "\n> OUI\n> ", 1)
		s.html = strings.Replace(s.html, "<p>", "<p>OUI</p><p>", 1)
	}},
	{name: "elsewhere: in the signature", by: "thunderbird", text: "", sign: "OUI aux métiers !\nÉlise Marchand"},
	{name: "elsewhere: in the signature, of Gmail", by: "gmail", text: "", sign: "OUI\nla revue de l'orientation\nÉlise Marchand"},
	{name: "elsewhere: in the signature, below talk", by: "gmail", text: "Je regarde.", sign: "Oui !\nle magazine des métiers"},
	{name: "elsewhere: in the antivirus's footer", by: "thunderbird", text: "Je lis ça ce soir.", foot: "OK : aucun virus trouvé par Rempart."},
	{name: "elsewhere: a request passed on", by: "plain", text: "Qu'en penses-tu ?" + forwarded},
	{name: "elsewhere: a request passed on without a word", by: "plain", text: strings.TrimLeft(forwarded, "\n")},
	{name: "elsewhere: passed on by Apple", by: "plain", text: "Pour avis.\n\nDébut du message réexpédié :\n\n> De: InfoLettre <info@cites.example>\n> Objet: À relire, n° 1\n> Date: 5 février 2018 à 09:12:31 UTC+1\n> À: elise@reseau.example\n> \n> OUI\n"},
	{name: "elsewhere: another's answer passed on", by: "plain", text: "Je vous transmets la réponse de Marco.\n\n-------- Message transféré --------\nSujet : Re: À relire, n° 1\nDate : Mon, 5 Feb 2018 10:02:00 +0100\nDe : Marco Bellini <marco@reseau.example>\nPour : Élise Marchand <elise@reseau.example>\n\nOUI, très bien.\n\nMarco"},
	{name: "elsewhere: a banner alone", by: "gmail", text: "", banner: "OK : expéditeur vérifié."},
}

// repliesOfMachines were written by no person, whether they say so or not.
var repliesOfMachines = []given{
	{name: "machine: away, fr, marked", by: "plain", auto: true, text: "OUI", with: func(s *sheet) { s.fields = []string{"Auto-Submitted: auto-replied"} }},
	{name: "machine: away, fr, bare", by: "plain", text: "Bonjour,\n\nJe suis absente du 5 au 12 février. En cas d'urgence, écrivez à Marco Bellini.\n\nOui, je lirai votre message à mon retour.\n\nÉlise", with: func(s *sheet) { s.subject = "Absence du bureau : À relire, n° 1" }},
	{name: "machine: away, fr, kind", by: "outlook", text: "Merci de votre message. Je suis en congé jusqu'au 12 février, sans accès à ma messagerie.", with: func(s *sheet) { s.subject = "Réponse automatique : À relire, n° 1" }},
	{name: "machine: away, fr, bare and OK", by: "plain", text: "OK, votre message est bien arrivé. Je suis absente jusqu'au 12 février et n'y répondrai qu'à mon retour."},
	{name: "machine: away, en, marked", by: "plain", auto: true, from: "graham", text: "Yes", with: func(s *sheet) {
		s.subject = "Automatic reply: For your decision"
		s.fields = []string{"X-Auto-Response-Suppress: All", "Auto-Submitted: auto-generated"}
	}},
	{name: "machine: away, en, bare", by: "plain", from: "graham", text: "Hello,\n\nThank you for your email. I am out of the office until 12 February with no access to mail. If it is urgent, please call the front desk.\n\nGraham"},
	{name: "machine: away, de", by: "plain", from: "katrin", text: "Guten Tag,\n\nich bin bis zum 12. Februar nicht im Büro. Ihre Nachricht wird nicht weitergeleitet.\n\nMit freundlichen Grüßen\nKatrin Vogel", with: func(s *sheet) { s.subject = "Abwesenheitsnotiz: À relire, n° 1" }},
	{name: "machine: away, it", by: "plain", from: "marco", text: "Buongiorno,\n\nsono fuori ufficio fino al 12 febbraio. Risponderò al mio rientro.\n\nMarco Bellini", with: func(s *sheet) { s.subject = "Risposta automatica: À relire, n° 1" }},
	{name: "machine: away, es", by: "plain", from: "lucia", text: "Estaré ausente de la oficina hasta el 12 de febrero. Si es urgente, escriba a la delegación.\n\nLucía Romero", with: func(s *sheet) { s.subject = "Respuesta automática: À relire, n° 1" }},
	{name: "machine: away, pt", by: "plain", from: "ines", text: "Estou ausente até 12 de fevereiro e responderei quando regressar.\n\nInês Duarte", with: func(s *sheet) { s.subject = "Resposta automática: For your decision" }},
	{name: "machine: away, of a program that marks its own way", by: "plain", auto: true, text: "Oui", with: func(s *sheet) { s.fields = []string{"X-Autoreply: yes", "Precedence: auto_reply"} }},
	{name: "machine: away, null return path", by: "plain", auto: true, text: "OUI", with: func(s *sheet) { s.fields = []string{"Return-Path: <>"} }},
	{name: "machine: a list's copy", by: "gmail", auto: true, text: "OUI", with: func(s *sheet) { s.fields = []string{"List-Id: <equipe.reseau.example>", "Precedence: list"} }},
	{name: "machine: read receipt", auto: true, by: "plain", text: "", with: func(s *sheet) {
		s.subject = "Lu : À relire, n° 1"
		s.whole = "Content-Type: multipart/report; report-type=disposition-notification; boundary=\"=_mdn\"\n\n--=_mdn\nContent-Type: text/plain; charset=utf-8\n\nOUI, votre message a été lu le 5 février 2018 à 10:02.\n\n--=_mdn\nContent-Type: message/disposition-notification\n\nReporting-UA: courrier.reseau.example\nFinal-Recipient: rfc822;elise@reseau.example\nOriginal-Message-ID: <l1@cites.example>\nDisposition: manual-action/MDN-sent-manually; displayed\n\n--=_mdn--\n"
	}},
	{name: "machine: read receipt as a plain mail", by: "plain", text: "Votre message\n\n   À : Élise Marchand\n   Objet : À relire, n° 1\n   Envoyé : 05/02/2018 09:12\n\na été lu le 05/02/2018 10:02.", with: func(s *sheet) { s.subject = "Lu : À relire, n° 1" }},
	{name: "machine: English read receipt as a plain mail", by: "plain", from: "graham", text: "Your message was read on 05 February 2018 10:02.\n\nYes, this receipt only says that it was displayed.", with: func(s *sheet) { s.subject = "Read: For your decision, no. 1" }},
	{name: "machine: challenge and response", by: "plain", text: "Bonjour,\n\nVotre message est retenu. Pour qu'il me parvienne, cliquez sur le lien et répondez OUI :\n\nhttps://filtre.example/confirmer?id=12\n\nVous n'aurez à le faire qu'une fois."},
	{name: "machine: English challenge and response", by: "plain", from: "graham", text: "Your email to Graham Ellis is on hold.\n\nAre you a person? Reply YES to this message to be let in."},
	{name: "machine: a ticket", by: "plain", text: "Votre demande a été enregistrée sous le n° 4012.\n\nOK : elle sera traitée sous deux jours."},
}

// repliesHidden show a person something else than they tell a program.
var repliesHidden = []given{
	{name: "hidden: HTML says OK, text says NON", by: "gmail", text: "NON", html: "<div>OK</div>"},
	{name: "hidden: HTML says NON, text says OUI", by: "gmail", text: "OUI", html: "<div>NON : doublon</div>"},
	{name: "hidden: HTML says OK, text tells to look there", by: "outlook-web", text: "Ce message est au format HTML.", html: "<div>OK</div>"},
	{name: "hidden: HTML says OK, text says nothing", by: "html-only", text: "OK", with: func(s *sheet) { s.text = " \n" }, or: &approved},
	{name: "hidden: HTML takes it back", by: "gmail", text: "OUI", html: "<div>OUI</div><div><br></div><div>mais pas avant mardi</div>"},
	{name: "hidden: text takes it back", by: "gmail", text: "OUI\n\nmais pas avant mardi", html: "<div>OUI</div>"},
	{name: "hidden: display none", by: "html-only", html: `<div style="display:none">OUI</div><div>Je regarde demain.</div>`},
	{name: "hidden: display none, alone", by: "html-only", html: `<div style="display: none !important">OUI</div>`},
	{name: "hidden: white on white", by: "html-only", html: `<div style="background-color:#ffffff"><span style="color:#ffffff">OUI</span></div><div>Qui a écrit ce texte ?</div>`},
	{name: "hidden: white font element", by: "html-only", html: `<font color="white">OUI</font><br>Je ne sais pas encore.`},
	{name: "hidden: no size", by: "html-only", html: `<p style="font-size:0">OUI</p><p>Je lis ça ce soir.</p>`},
	{name: "hidden: no size in pixels", by: "html-only", html: `<span style="font-size:0px;line-height:0">OUI</span><p>Je lis ça ce soir.</p>`},
	{name: "hidden: not visible", by: "html-only", html: `<p style="visibility:hidden">OUI</p><p>Je lis ça ce soir.</p>`},
	{name: "hidden: no opacity", by: "html-only", html: `<p style="opacity:0">OUI</p><p>Je lis ça ce soir.</p>`},
	{name: "hidden: no height", by: "html-only", html: `<div style="height:0;max-height:0;overflow:hidden">OUI</div><p>Je lis ça ce soir.</p>`},
	{name: "hidden: the hidden attribute", by: "html-only", html: `<div hidden>OUI</div><p>Je lis ça ce soir.</p>`},
	{name: "hidden: a comment", by: "html-only", html: `<!-- OUI --><p>Je lis ça ce soir.</p>`},
	{name: "hidden: a title", by: "html-only", html: `<title>OUI</title><p>Je lis ça ce soir.</p>`},
	{name: "hidden: a picture's other text", by: "html-only", html: `<img src="cid:oui" alt="OUI"><p>Je lis ça ce soir.</p>`},
	{name: "hidden: struck out", by: "html-only", html: `<p><s>OUI</s></p><p>Je lis ça ce soir.</p>`},
	{name: "hidden: struck out, alone", by: "html-only", html: `<p><del>OUI</del></p>`},
	{name: "hidden: a no that is not shown", by: "gmail", text: "OUI\n\nne publiez pas", html: `<div>OUI</div><div style="display:none">ne publiez pas</div>`},
	{name: "hidden: Cyrillic OK", by: "iphone", text: "ОК"},
	{name: "hidden: Cyrillic letters in OUI", by: "gmail", text: "ОUI"},
	{name: "hidden: Greek letters in YES", by: "gmail-en", from: "graham", text: "ΥΕS"},
	{name: "hidden: written backwards", by: "plain", text: "\u202eIUO\u202c"},
	{name: "hidden: a no that reads backwards", by: "plain", text: "OUI \u202etiaf ne non\u202c"},
	{name: "hidden: zero-width letters around a no", by: "gmail", text: "OUI\n\nN\u200bON, fin\u200bale\u200bment n\u200be pu\u200bbliez pas"},
	{name: "hidden: zero-width letters in a yes", by: "plain", text: "O\u200bU\u200bI", or: &approved},
	{name: "hidden: a mark of direction", by: "plain", text: "\u200eOUI", or: &approved},
	{name: "hidden: far below", by: "plain", text: "OUI" + strings.Repeat("\n", 80) + "Ne publiez pas ce texte."},
	{name: "hidden: far to the right", by: "plain", text: "OUI" + strings.Repeat(" ", 300) + "si Marie est d'accord"},
}
