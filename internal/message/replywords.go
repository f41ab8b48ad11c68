package message

import "regexp"

// replyWords are the words by which mail programs of one language introduce what
// is answered to. A new language is a new row. All in lower case.
type replyWords struct {
	opens  []string // how an attribution line begins, before date or name
	writes []string // "wrote": at its end, or within before a colon
	from   []string // labels of the header block
	date   []string
	to     []string
	cc     []string
	about  []string
}

var replyLanguages = []replyWords{
	{ // French
		opens:  []string{"le", "en date du", "du"},
		writes: []string{"a écrit", "a ecrit", "écrit", "écrivait", "a répondu"},
		from:   []string{"de", "expéditeur", "expediteur"}, date: []string{"envoyé", "envoye", "date", "envoyé le", "date d'envoi"},
		to: []string{"à", "a", "destinataire", "pour"}, cc: []string{"cc", "copie à", "copie"}, about: []string{"objet", "sujet"},
	},
	{ // English
		opens:  []string{"on", "at", "in a message dated"},
		writes: []string{"wrote", "writes", "said"},
		from:   []string{"from", "reply-to"}, date: []string{"sent", "date", "sent on"},
		to: []string{"to"}, cc: []string{"cc", "bcc"}, about: []string{"subject", "re"},
	},
	{ // German
		opens:  []string{"am", "den"},
		writes: []string{"schrieb", "hat geschrieben"},
		from:   []string{"von"}, date: []string{"gesendet", "datum", "gesendet am"},
		to: []string{"an"}, cc: []string{"cc", "kopie"}, about: []string{"betreff"},
	},
	{ // Portuguese
		opens:  []string{"em", "no dia", "a"},
		writes: []string{"escreveu"},
		from:   []string{"de"}, date: []string{"enviado", "enviada em", "enviado em", "data"},
		to: []string{"para"}, cc: []string{"cc"}, about: []string{"assunto"},
	},
	{ // Italian
		opens:  []string{"il", "il giorno", "in data"},
		writes: []string{"ha scritto", "scrive"},
		from:   []string{"da"}, date: []string{"inviato", "data", "inviato il"},
		to: []string{"a"}, cc: []string{"cc"}, about: []string{"oggetto"},
	},
	{ // Spanish
		opens:  []string{"el", "con fecha"},
		writes: []string{"escribió", "escribio"},
		from:   []string{"de"}, date: []string{"enviado", "enviado el", "fecha"},
		to: []string{"para"}, cc: []string{"cc"}, about: []string{"asunto"},
	},
	{ // Dutch
		opens:  []string{"op", "van"},
		writes: []string{"schreef", "geschreven"},
		from:   []string{"van"}, date: []string{"verzonden", "datum"},
		to: []string{"aan"}, cc: []string{"cc"}, about: []string{"onderwerp"},
	},
	{ // Swedish, Danish, Norwegian
		opens:  []string{"den", "på", "fre", "tir", "ons", "tor", "man", "lør", "søn", "mån", "tis", "lör", "sön", "tors"},
		writes: []string{"skrev", "skrev følgende"},
		from:   []string{"från", "fra"}, date: []string{"skickat", "sendt", "dato", "datum"},
		to: []string{"till", "til"}, cc: []string{"kopia", "cc"}, about: []string{"ämne", "emne"},
	},
	{ // Finnish
		opens:  []string{"ma", "ti", "ke", "to", "pe", "la", "su"},
		writes: []string{"kirjoitti"},
		from:   []string{"lähettäjä"}, date: []string{"lähetetty", "päivämäärä"},
		to: []string{"vastaanottaja"}, cc: []string{"kopio"}, about: []string{"aihe"},
	},
	{ // Polish
		opens:  []string{"dnia", "w dniu", "pon", "wt", "śr", "czw", "pt", "sob", "niedz"},
		writes: []string{"napisał", "napisała", "napisał(a)", "pisze"},
		from:   []string{"od"}, date: []string{"wysłano", "data"},
		to: []string{"do"}, cc: []string{"dw"}, about: []string{"temat"},
	},
	{ // Russian
		opens:  []string{"пн", "вт", "ср", "чт", "пт", "сб", "вс"},
		writes: []string{"написал", "написала", "пишет"},
		from:   []string{"от"}, date: []string{"отправлено", "дата"},
		to: []string{"кому"}, cc: []string{"копия"}, about: []string{"тема"},
	},
}

// originalLine is the rule that some programs set above the original.
var originalLine = regexp.MustCompile(`^[-_=\s]*(?:` +
	`message d'origine|message original|message initial|` +
	`original message|original email|original appointment|reply message|` +
	`ursprüngliche nachricht|originalnachricht|` +
	`mensagem original|messaggio originale|mensaje original|` +
	`oorspronkelijk bericht|oprindelig besked|opprinnelig melding|ursprungligt meddelande|originalmeddelande|` +
	`alkuperäinen viesti|wiadomość oryginalna)[-_=\s:]*$`)

// forwardedLine opens a message that is handed on: it is what the sender wants
// to be read, so nothing below it is taken off.
var forwardedLine = regexp.MustCompile(`^[-_=>\s]*(?:` +
	`message transféré|message transmis|début du message transféré|début du message réexpédié|courriel transféré|` +
	`forwarded message|begin forwarded message|forwarded by .*|` +
	`weitergeleitete nachricht|anfang der weitergeleiteten nachricht|` +
	`mensagem encaminhada|mensagem reencaminhada|início da mensagem reencaminhada|` +
	`messaggio inoltrato|inizio messaggio inoltrato|` +
	`mensaje reenviado|inicio del mensaje reenviado)[-_=\s:]*$`)

// phoneLine is what phones and webmails add below a mail.
var phoneLine = regexp.MustCompile(`^(?:` +
	`envoyé (?:de mon|depuis|à partir de|via|avec) .{2,60}|` +
	`(?:obtenez|obtenir|télécharger?|téléchargez) outlook pour .*|provenance : courrier pour windows.*|` +
	`sent (?:from (?:my |mailbox|mail for|yahoo|outlook|samsung|gmail|proton|the all-new|a mobile|acompli)|via |with ).{0,80}|` +
	`get outlook for .*|sent from mailbox for .*|` +
	`(?:von meinem|gesendet (?:von|mit)) .{2,60}|enviado (?:do meu|a partir d|desde mi|via) ?.{2,60}|` +
	`inviato da(?:l mio)? .{2,60}|verzonden vanaf .{2,60}|skickat från .{2,60}|sendt fra .{2,60})$`)

// closing is a line of farewell, before a name.
var closing = regexp.MustCompile(`^(?:` +
	`(?:bien |très |tres )?(?:cordialement|amicalement|respectueusement|sincèrement)(?: vôtre| à (?:vous|tous))?|cdlt|cdt|bien à (?:vous|toi)|` +
	`(?:sincères|meilleures|mes|bonnes|cordiales|avec mes|avec nos)(?: meilleures| sincères| cordiales)? salutations|salutations(?: distinguées| cordiales)?|` +
	`belle journée|bonne journée|bonne réception|à bientôt|amitiés|merci(?: beaucoup| d'avance| par avance| bien)?|` +
	`(?:best |kind |warm |many )?(?:regards|wishes)|(?:with )?(?:best|kind|warm) regards|yours(?: sincerely| faithfully| truly)?|` +
	`best|cheers|thanks(?: a lot| again| so much| in advance)?|many thanks|thank you(?: very much| so much)?|` +
	`(?:mit )?(?:freundlichen|freundliche|besten|beste|viele|liebe) grüßen?|mfg|` +
	`(?:com os )?(?:melhores|meus) cumprimentos|cumprimentos|atenciosamente|obrigad[oa]|abraços|` +
	`(?:cordiali|distinti) saluti|saluti|grazie|` +
	`(?:un )?(?:cordial|atento) saludo|saludos(?: cordiales)?|gracias` +
	`)\s*[,.!]*$`)

// thanks are farewells that also say something: they go only with a name below.
var thanks = regexp.MustCompile(`^(?:merci|thank|many thanks|cheers|obrigad|grazie|gracias)`)
