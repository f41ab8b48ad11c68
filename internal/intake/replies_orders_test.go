package intake_test

import "infolettre/internal/editorial"

// Signatures, notices and what servers on the way add.
const (
	signShort     = "Élise Marchand\nCoordinatrice internationale"
	signCorporate = "Élise Marchand\nCoordinatrice internationale\nRéseau international des Cités des métiers\n12, rue des Ateliers, 75019 Paris\nTél. : 01 70 00 00 12 | Port. : 06 00 00 00 12\nwww.reseau.example"
	signLegal     = signCorporate + "\n\nCe message et ses pièces jointes sont confidentiels et établis à l'intention exclusive de leurs destinataires. Si vous n'êtes pas le destinataire de ce message, merci de ne pas le lire, de ne pas le diffuser et d'en avertir l'expéditeur. Sauf mention contraire, les opinions exprimées n'engagent que leur auteur, sous réserve de confirmation écrite."
	signEnglish   = "Graham Ellis\nHead of Communications\nThe Harbour Guidance Network\n4 Quay Street, Leith | +44 131 496 0012\nwww.reseau.example\n\nThis email and any attachments are confidential and intended solely for the addressee. If you are not the intended recipient, you must not copy, disclose or act upon it; please notify the sender and delete it. Unless otherwise stated, nothing in this message shall be deemed an acceptance or a commitment, except where confirmed in writing."
	signTrees     = signShort + "\n\nPensez à l'environnement avant d'imprimer ce message : n'imprimez que si c'est nécessaire."
	signTreesEN   = "Graham Ellis\n\nPlease consider the environment before printing this email. Do not print unless you must."
	footVirus     = "--\nCet e-mail a fait l'objet d'une analyse antivirus par le logiciel Rempart. Aucun virus n'a été détecté, mais l'expéditeur ne saurait être tenu responsable s'il en restait.\nhttps://www.rempart.example"
	footGateway   = "_____________________________________________\nCe message a été contrôlé par la passerelle de la Région. Ne répondez pas à un expéditeur inconnu, n'ouvrez pas ses pièces jointes."
	bannerFrench  = "[EXTERNE] Attention : ce courriel provient de l'extérieur de l'organisation. Ne cliquez pas sur les liens et n'ouvrez pas les pièces jointes si vous ne connaissez pas l'expéditeur."
	bannerEnglish = "CAUTION: This email originated from outside the organisation. Do not click links or open attachments unless you recognise the sender."
	vcardElise    = "BEGIN:VCARD\nVERSION:3.0\nFN:Élise Marchand\nTITLE:Coordinatrice internationale\nNOTE:Non joignable le mercredi, sauf urgence\nEND:VCARD"
)

// repliesApproving say yes, each in words that people use.
var repliesApproving = []given{
	{name: "oui", by: "gmail", text: "oui"},
	{name: "Oui !", by: "iphone", text: "Oui\u00a0!"},
	{name: "OUI.", by: "outlook", text: "OUI."},
	{name: "OUI, narrow space", by: "apple", text: "OUI\u202f!"},
	{name: "OUI between no-break spaces", by: "samsung", text: "\u00a0OUI\u00a0"},
	{name: "ok", by: "thunderbird", text: "ok"},
	{name: "Ok pour moi", by: "gmail-app", text: "Ok pour moi"},
	{name: "OK pour moi, comma", by: "outlook-ios", text: "OK pour moi, merci."},
	{name: "d’accord, curly", by: "apple", text: "D’accord"},
	{name: "d'accord, straight", by: "samsung", text: "d'accord"},
	{name: "d'accord pour moi", by: "yahoo", text: "D'accord pour moi !"},
	{name: "Validé", by: "zimbra", text: "Validé"},
	{name: "Validée", by: "orange", text: "Validée, merci"},
	{name: "VALIDÉ", by: "outlook-web", text: "VALIDÉ"},
	{name: "valide without accents", by: "sfr", text: "Validé."},
	{name: "Approuvé", by: "laposte", text: "Approuvé"},
	{name: "approuvé, 8859", by: "roundcube", text: "approuvé"},
	{name: "Je valide", by: "roundcube-below", text: "Je valide"},
	{name: "Je valide.", by: "outlook-android", text: "Je valide."},
	{name: "Je valide ce texte", by: "thunderbird-html", text: "Je valide ce texte."},
	{name: "J'approuve", by: "k9", text: "J'approuve."},
	{name: "C'est bon pour moi", by: "outlook-web", text: "C'est bon pour moi"},
	{name: "C’est bon, curly", by: "yahoo", text: "C’est bon pour moi !"},
	{name: "Bon pour moi", by: "ipad", text: "Bon pour moi."},
	{name: "Pour moi c'est bon", by: "gmail", text: "Pour moi c'est bon", or: &none},
	{name: "Oui pour moi", by: "iphone", text: "Oui pour moi"},
	{name: "Parfait, validé", by: "apple", text: "Parfait, validé."},
	{name: "Parfait !", by: "gmail-app", text: "Parfait !", or: &none},
	{name: "Ça me va", by: "iphone", text: "Ça me va", or: &none},
	{name: "Bon pour publication", by: "outlook", text: "Bon pour publication", or: &none},
	{name: "OK pour publication", by: "zimbra", text: "OK pour publication"},
	{name: "Accepté", by: "gmail", text: "Accepté"},
	{name: "Oui, je valide", by: "thunderbird-top", text: "Oui, je valide."},
	{name: "oui oui", by: "samsung", text: "oui oui", or: &none},
	{name: "Oui, parfait", by: "iphone", text: "Oui, parfait !"},
	{name: "Oui, très beau texte", by: "gmail", text: "Oui, très beau texte."},
	{name: "OK - merci", by: "k9", text: "OK - merci"},
	{name: "OK with a dash", by: "apple", text: "OK – merci !"},
	{name: "Oui, merci Nadia !", by: "gmail", text: "Oui, merci Nadia !"},
	{name: "OK. Merci.", by: "outlook", text: "OK. Merci."},
	{name: "*OUI*", by: "thunderbird", text: "*OUI*"},
	{name: "bold in HTML, stars in text", by: "gmail", text: "*Oui*", html: "<div><b>Oui</b></div>"},
	{name: "👍", by: "iphone", text: "👍"},
	{name: "👍 of a shade", by: "gmail-app", text: "👍🏽"},
	{name: "✅ OK", by: "outlook-android", text: "✅ OK"},
	{name: "OK 👍", by: "samsung", text: "OK 👍"},
	{name: "Oui 🙂", by: "iphone", text: "Oui 🙂"},
	{name: "yes", by: "gmail-en", from: "graham", text: "yes"},
	{name: "Yes please", by: "iphone-en", from: "graham", text: "Yes please"},
	{name: "Yes, please!", by: "apple-en", from: "ines", text: "Yes, please!"},
	{name: "Approved", by: "outlook-en", from: "graham", text: "Approved"},
	{name: "Approved, thanks", by: "proton", from: "graham", text: "Approved, thanks."},
	{name: "Looks good to me", by: "thunderbird-en", from: "graham", text: "Looks good to me"},
	{name: "Looks good to me, thank you", by: "gmail-en", from: "ines", text: "Looks good to me, thank you!"},
	{name: "Go ahead", by: "iphone-en", from: "graham", text: "Go ahead"},
	{name: "Yes, go ahead!", by: "gmail-en", from: "graham", text: "Yes, go ahead!"},
	{name: "Fine with me", by: "apple-en", from: "graham", text: "Fine with me."},
	{name: "OK for me", by: "gmail-de", from: "katrin", text: "OK for me"},
	{name: "I approve", by: "outlook-en", from: "graham", text: "I approve."},
	{name: "Agreed", by: "gmail-en", from: "graham", text: "Agreed", or: &none},

	{name: "greeting line", by: "gmail", text: "Bonjour,\n\nOUI\n\nBien à vous,\nÉlise"},
	{name: "greeting line with a name", by: "outlook", text: "Bonjour Nadia,\n\nOk pour moi.\n\nBonne journée,", sign: signShort},
	{name: "greeting words on the line", by: "iphone", text: "Bonjour, oui !"},
	{name: "greeting words and thanks on the line", by: "samsung", text: "Bonsoir, c'est bon pour moi, merci beaucoup."},
	{name: "English greeting", by: "gmail-en", from: "graham", text: "Hello,\n\nYes, approved.\n\nBest wishes,\nGraham"},
	{name: "English greeting to all", by: "outlook-en", from: "graham", text: "Hi all,\n\nLooks good to me. Thanks!\n\nGraham"},
	{name: "German greeting", by: "gmail-de", from: "katrin", text: "Hallo zusammen,\n\nOK\n\nViele Grüße\nKatrin", or: &none},
	{name: "leading blank line", by: "outlook-ios", text: "\nOUI"},
	{name: "leading blank lines", by: "apple", text: "\n\n\n  Oui\n"},
	{name: "with the name", by: "gmail", text: "OUI\n\nÉlise"},
	{name: "with initials", by: "iphone", text: "Ok\nEM"},
	{name: "with kind words", by: "outlook", text: "OUI\n\nMerci beaucoup pour ce travail, excellente journée à toute l'équipe."},
	{name: "with kind words and a name", by: "zimbra", text: "Ok\n\nMerci à Nadia et à la Cité de Rouen !\nBon week-end,\nÉlise"},
	{name: "with friendly talk", by: "gmail", text: "Oui\n\nÀ vendredi à la réunion !"},
	{name: "with get-well wishes", by: "iphone", text: "OUI\n\nJ'espère que tu vas mieux. Bises à tous."},
	{name: "with talk of the holidays", by: "gmail-en", from: "graham", text: "Yes\n\nHope you had a lovely holiday. See you in Lisbon!"},
	{name: "an answer begun by its button", by: "plain", text: "OUI"},
	{name: "an answer begun by its button, on a phone", by: "plain", text: "OUI\n\nEnvoyé de mon iPhone"},
	{name: "a clear yes, then praise", by: "yahoo", text: "Oui, validé.\n\nBravo à l'équipe de Rouen, le forum promet d'être magnifique."},
}

// repliesSigned say yes above what programs, firms and servers add.
var repliesSigned = []given{
	{name: "yes: short signature", by: "thunderbird", text: "OUI", sign: signShort},
	{name: "yes: short signature above the quote", by: "thunderbird-top", text: "OUI", sign: signShort},
	{name: "yes: delimited signature, no quote", by: "plain-delimited", text: "Oui", sign: signLegal},
	{name: "yes: delimiter without its blank", by: "plain", text: "Oui\n\n--\nÉlise Marchand\nNe pas imprimer sauf nécessité"},
	{name: "yes: corporate signature without delimiter", by: "outlook", text: "Oui", sign: signCorporate},
	{name: "yes: legal notice in Word", by: "outlook", text: "Validé", sign: signLegal},
	{name: "yes: legal notice, Outlook on the web", by: "outlook-web", text: "OK", sign: signLegal},
	{name: "yes: legal notice in Gmail", by: "gmail", text: "ok pour moi", sign: signLegal},
	{name: "yes: legal notice in Zimbra", by: "zimbra", text: "OUI", sign: signLegal},
	{name: "yes: English legal notice", by: "outlook-en", from: "graham", text: "Approved", sign: signEnglish},
	{name: "yes: English legal notice in Gmail", by: "gmail-en", from: "graham", text: "Yes", sign: signEnglish},
	{name: "yes: think of the trees", by: "outlook", text: "OUI", sign: signTrees},
	{name: "yes: think of the trees, plain", by: "plain", text: "Oui, merci.", sign: signTrees},
	{name: "yes: think of the trees, in English", by: "outlook-en", from: "graham", text: "Yes", sign: signTreesEN},
	{name: "yes: antivirus", by: "thunderbird", text: "OUI", foot: footVirus},
	{name: "yes: antivirus, HTML too", by: "gmail", text: "Oui", foot: footVirus},
	{name: "yes: antivirus, no quote", by: "plain", text: "Oui", foot: footVirus},
	{name: "yes: a gateway's notice", by: "zimbra", text: "Validé", foot: footGateway},
	{name: "yes: banner", by: "outlook", text: "OUI", banner: bannerFrench},
	{name: "yes: English banner", by: "gmail-en", from: "graham", text: "Yes", banner: bannerEnglish},
	{name: "yes: vCard", by: "thunderbird-top", text: "OUI", with: func(s *sheet) { s.vcard = vcardElise }},
	{name: "yes: German signature", by: "outlook-de", from: "katrin", text: "Oui", sign: "Mit freundlichen Grüßen\nKatrin Vogel\nBerufsinformationshaus, Hafenstraße 4, Kiel\n\nDiese E-Mail ist vertraulich. Wenn Sie nicht der richtige Adressat sind, dürfen Sie sie nicht verwenden; bitte informieren Sie uns."},
	{name: "yes: German phone", by: "iphone-de", from: "katrin", text: "OK\n\nLiebe Grüße, Katrin"},
	{name: "yes: Italian phone", by: "iphone-it", from: "marco", text: "Oui\n\nCordiali saluti,\nMarco"},
	{name: "yes: Italian Gmail", by: "gmail-it", from: "marco", text: "D'accord\n\nUn caro saluto,\nMarco Bellini"},
	{name: "yes: Spanish phone", by: "iphone-es", from: "lucia", text: "Oui, merci\n\nUn saludo,\nLucía"},
	{name: "yes: Spanish notice", by: "gmail-es", from: "lucia", text: "OK", sign: "Lucía Romero\nAntes de imprimir este mensaje, piense si es necesario. Si no es usted el destinatario, no lo difunda."},
	{name: "yes: Portuguese closing", by: "gmail-pt", from: "ines", text: "Yes, approved\n\nCom os melhores cumprimentos,\nInês Duarte"},
	{name: "yes: base64", by: "gmail", text: "Validé, merci !", with: func(s *sheet) { s.encoding = "base64" }},
	{name: "yes: 8bit latin", by: "laposte", text: "Validé", with: func(s *sheet) { s.charset, s.encoding = "iso-8859-1", "8bit" }},
	{name: "yes: base64 windows", by: "outlook", text: "C’est bon pour moi", with: func(s *sheet) { s.encoding = "base64" }},
	{name: "yes: HTML only", by: "html-only", text: "Oui\n\nMerci,\nÉlise"},
	{name: "yes: HTML only, of Gmail", by: "gmail", text: "OUI", with: func(s *sheet) { s.text = "" }},
	{name: "yes: HTML only, of Word", by: "outlook", text: "OUI", sign: signLegal, with: func(s *sheet) { s.text = "" }},
	{name: "yes: invisible byte order mark", by: "apple", text: "\ufeffOui", or: &none},
}

// repliesRefusing refuse. Whether a refusal without its reason is carried out, or
// its reason asked for, is a rule of the house.
var repliesRefusing = all(none, []given{
	{name: "no", by: "iphone", text: "Non", want: refused(""), or: &none},
	{name: "NON.", by: "gmail", text: "NON.", want: refused(""), or: &none},
	{name: "Non merci", by: "samsung", text: "Non merci", want: refused("*"), or: &none},
	{name: "Refusé", by: "outlook", text: "Refusé", want: refused(""), or: &none},
	{name: "Je refuse", by: "thunderbird", text: "Je refuse.", want: refused(""), or: &none},
	{name: "No", by: "gmail-en", from: "graham", text: "No", want: refused(""), or: &none},
	{name: "Rejected", by: "outlook-en", from: "graham", text: "Rejected", want: refused(""), or: &none},
	{name: "no: and the legal notice", by: "outlook", text: "NON", sign: signLegal, want: refused(""), or: &none},
	{name: "no: a reason", by: "gmail", text: "NON : doublon", want: refused("doublon")},
	{name: "no: a reason, no-break space", by: "iphone", text: "Non\u00a0: déjà paru en 2017", want: refused("déjà paru en 2017")},
	{name: "no: a reason with commas", by: "outlook-web", text: "Non : trop long, trop commercial, et sans date", want: refused("trop long, trop commercial, et sans date")},
	{name: "no: a reason after a comma", by: "yahoo", text: "Non, c'est une publicité.", want: refused("c'est une publicité")},
	{name: "no: a reason after a full stop", by: "apple", text: "Non. Trop commercial pour nous.", want: refused("Trop commercial pour nous")},
	{name: "no: a reason after a dash", by: "k9", text: "NON - hors sujet", want: refused("hors sujet")},
	{name: "no: several lines", by: "thunderbird", text: "NON : le texte est trop long,\nles dates manquent,\net la photo n'est pas libre de droits.", want: refused("le texte est trop long, les dates manquent, et la photo n'est pas libre de droits")},
	{name: "no: a reason on the next lines", by: "zimbra", text: "NON\n\nL'événement est passé, et le même texte nous est venu de Lille.", want: refused("L'événement est passé, et le même texte nous est venu de Lille")},
	{name: "no: a long reason that is wrapped", by: "gmail", text: "NON : la date est passée depuis une semaine, le texte reprend mot pour mot celui du mois dernier et personne ne saura où se rendre", want: refused("la date est passée depuis une semaine, le texte reprend mot pour mot celui du mois dernier et personne ne saura où se rendre")},
	{name: "no: a reason with a condition", by: "outlook", text: "NON : à renvoyer si les droits de la photo sont réglés", want: refused("à renvoyer si les droits de la photo sont réglés")},
	{name: "no: a reason that asks", by: "gmail", text: "NON : où cela se passe-t-il ?", want: refused("où cela se passe-t-il ?")},
	{name: "no: a reason, then thanks", by: "iphone", text: "NON : doublon du texte de Lille\n\nMerci,\nÉlise", want: refused("doublon du texte de Lille…")},
	{name: "no: after a greeting", by: "orange", text: "Bonjour,\n\nNon : hors du réseau", want: refused("hors du réseau")},
	{name: "no: Refusé with a colon", by: "laposte", text: "Refusé : pas de lien avec nos métiers", want: refused("pas de lien avec nos métiers")},
	{name: "no: in English", by: "gmail-en", from: "graham", text: "No: out of scope, too promotional, and late", want: refused("out of scope, too promotional, and late")},
	{name: "no: in English, several lines", by: "apple-en", from: "ines", text: "NO: two reasons.\nThe venue is not named.\nThe picture belongs to somebody else.", want: refused("two reasons. The venue is not named. The picture belongs to somebody else")},
	{name: "no: in English, of Word", by: "outlook-en", from: "graham", text: "No: already published in May.", sign: signEnglish, want: refused("already published in May")},
	{name: "no: a reason that says yes", by: "gmail", text: "NON : le titre dit oui à tout, le texte dit le contraire", want: refused("le titre dit oui à tout, le texte dit le contraire"), or: &none},
})

// repliesDeferring put it off.
var repliesDeferring = []given{
	{name: "REPORTER", by: "gmail", text: "REPORTER"},
	{name: "Reporter.", by: "iphone", text: "Reporter."},
	{name: "reporté", by: "outlook", text: "Reporté", or: &none},
	{name: "À reporter", by: "zimbra", text: "À reporter, merci", or: &none},
	{name: "Reporter, of Word", by: "outlook", text: "Reporter", sign: signLegal},
	{name: "Reporter au numéro suivant", by: "thunderbird", text: "Reporter au numéro suivant"},
	{name: "Reporter after a greeting", by: "samsung", text: "Bonjour,\n\nReporter\n\nMerci à vous"},
	{name: "Au prochain numéro", by: "apple", text: "Au prochain numéro", or: &none},
	{name: "Defer", by: "gmail-en", from: "graham", text: "Defer"},
	{name: "DEFER, thanks", by: "outlook-en", from: "graham", text: "DEFER, thanks"},
	{name: "Defer, in an Italian program", by: "gmail-it", from: "marco", text: "Reporter\n\nGrazie, Marco"},
}

const (
	rewritten = "Le forum des métiers de la mer se tient à Rouen le 22 mars 2018. Deux cents lycéens sont attendus sur les quais, et personne n'y entre sans casque.\n\nLes inscriptions restent ouvertes jusqu'au 12 mars, sauf pour les groupes : ils écrivent à la Cité des métiers."
	longTitle = "Un forum des métiers de la mer réunit deux cents lycéens sur les quais de Rouen le 22 mars"
)

// repliesOrdering sign, change, translate, take back and hand on.
var repliesOrdering = []given{
	{name: "sign: BON À TIRER", by: "gmail", text: "BON À TIRER", want: signed},
	{name: "sign: Bon à tirer, of Word", by: "outlook", text: "Bon à tirer", sign: signLegal, want: signed},
	{name: "sign: no accents", by: "iphone", text: "bon a tirer", want: signed},
	{name: "sign: with thanks", by: "thunderbird", text: "BON À TIRER\n\nMerci à toute l'équipe, c'est un très beau numéro.", want: signed},
	{name: "sign: after a greeting", by: "zimbra", text: "Bonjour à tous,\n\nBon à tirer.\n\nÉlise", want: signed},
	{name: "sign: BAT", by: "samsung", text: "BAT", want: signed, or: &none},
	{name: "sign: in English", by: "gmail-en", from: "graham", text: "SIGN OFF", want: signed},
	{name: "sign: in English, with a name", by: "iphone-en", from: "graham", text: "Sign off\n\nGraham", want: signed},

	{name: "edit: a title", by: "gmail", text: "TITRE : La mer recrute à Rouen", want: edited(title("La mer recrute à Rouen"))},
	{name: "edit: a title with a yes in it", by: "iphone", text: "TITRE : Oui, la mer recrute", want: edited(title("Oui, la mer recrute"))},
	{name: "edit: a title in lower case, equals sign", by: "samsung", text: "titre = La mer recrute à Rouen", want: edited(title("La mer recrute à Rouen"))},
	{name: "edit: a long title that Gmail wraps", by: "gmail", text: "TITRE : " + longTitle, want: edited(title(longTitle))},
	{name: "edit: a long title that flows", by: "thunderbird", text: "TITRE : " + longTitle, want: edited(title(longTitle))},
	{name: "edit: several fields", by: "outlook", text: "TITRE : La mer recrute à Rouen\nRUBRIQUE : Agenda\nDATE : 22 mars 2018, 9 h 30 – 17 h\nLIEU : Rouen, hangar 10", want: edited(title("La mer recrute à Rouen"), section("Agenda"), dates("22 mars 2018, 9 h 30 – 17 h"), place("Rouen, hangar 10"))},
	{name: "edit: a greeting above, thanks below", by: "apple", text: "Bonjour,\n\nLIEU : Rouen, quai de Boisguilbert\n\nMerci", want: edited(place("Rouen, quai de Boisguilbert"))},
	{name: "edit: whose news it is", by: "gmail", text: "CENTRE : Cité des métiers de Namur", want: edited(centre("Cité des métiers de Namur"))},
	{name: "edit: nobody's news", by: "outlook", text: "Centre : aucun", want: edited(centre(""))},
	{name: "edit: the centre, in English", by: "outlook-en", from: "graham", text: "OK\nCentre: Cité des métiers of Porto", want: approvedWith(centre("Cité des métiers of Porto"))},
	{name: "edit: in English", by: "gmail-en", from: "graham", text: "TITLE: The sea is hiring\nPLACE = Rouen, shed 10", want: edited(title("The sea is hiring"), place("Rouen, shed 10"))},
	{name: "edit: a date, in English", by: "outlook-en", from: "graham", text: "Date: 22 March 2018", want: edited(dates("22 March 2018"))},
	{name: "edit: the text", by: "gmail", text: "CORRIGER\n" + rewritten, want: editorial.Reply{Verb: editorial.Edit, Body: rewritten}},
	{name: "edit: the text, of Word", by: "outlook", text: "CORRIGER\n\n" + rewritten, want: editorial.Reply{Verb: editorial.Edit, Body: rewritten}},
	{name: "edit: the text, flowed", by: "thunderbird", text: "Corriger\n\n" + rewritten, sign: signShort, want: editorial.Reply{Verb: editorial.Edit, Body: rewritten}},
	{name: "edit: the text, in English", by: "gmail-en", from: "graham", text: "CORRECT\nThe forum is held on the quays of Rouen. Nobody enters without a helmet, unless they are with a crew.", want: editorial.Reply{Verb: editorial.Edit, Body: "The forum is held on the quays of Rouen. Nobody enters without a helmet, unless they are with a crew."}},

	{name: "yes and a title", by: "iphone", text: "OUI\nTITRE : La mer recrute à Rouen", want: approvedWith(title("La mer recrute à Rouen"))},
	{name: "yes and a title, below a blank line", by: "gmail", text: "Oui\n\nTitre : La mer recrute à Rouen\n\nMerci !", want: approvedWith(title("La mer recrute à Rouen"))},
	{name: "yes and a title, of Word", by: "outlook", text: "OUI\nTITRE : La mer recrute à Rouen", sign: signCorporate, want: approvedWith(title("La mer recrute à Rouen"))},
	{name: "yes and a title, in English", by: "gmail-en", from: "graham", text: "YES\nTITLE: The sea is hiring", want: approvedWith(title("The sea is hiring"))},
	{name: "yes and the text", by: "apple", text: "OUI\nCORRIGER\n" + rewritten, want: editorial.Reply{Verb: editorial.Approve, Body: rewritten}},

	{name: "translation", by: "gmail", text: "TRADUCTION anglais\nThe sea is hiring\nTwo hundred pupils are expected on the quays of Rouen on 22 March.",
		want: editorial.Reply{Verb: editorial.Translate, Language: "en|anglais", Body: "The sea is hiring\nTwo hundred pupils are expected on the quays of Rouen on 22 March."}},
	{name: "translation, colon and blank lines", by: "thunderbird", text: "Traduction : anglais\n\nThe sea is hiring\n\nTwo hundred pupils are expected on the quays of Rouen on 22 March.",
		want: editorial.Reply{Verb: editorial.Translate, Language: "en|anglais", Body: "The sea is hiring\nTwo hundred pupils are expected on the quays of Rouen on 22 March."}},
	{name: "translation, in English", by: "outlook-en", from: "graham", text: "TRANSLATION French\nLa mer recrute\nDeux cents lycéens sont attendus sur les quais de Rouen le 22 mars.",
		want: editorial.Reply{Verb: editorial.Translate, Language: "fr|french", Body: "La mer recrute\nDeux cents lycéens sont attendus sur les quais de Rouen le 22 mars."}},

	{name: "undo", by: "iphone", text: "ANNULER", want: undone},
	{name: "undo, with a word", by: "gmail", text: "Annuler\n\nDésolée, j'ai cliqué trop vite.", want: undone},
	{name: "undo, in English", by: "outlook-en", from: "graham", text: "UNDO", sign: signEnglish, want: undone},

	{name: "delegate", by: "gmail", text: "DÉLÉGUER À Marco Bellini JUSQU'AU 15 mars 2018", want: editorial.Reply{Verb: editorial.Delegate, To: "Marco Bellini", Until: "15 mars 2018"}},
	{name: "delegate to an address", by: "apple", text: "Déléguer à marco@reseau.example jusqu’au vendredi 2 mars", want: editorial.Reply{Verb: editorial.Delegate, To: "marco@reseau.example", Until: "vendredi 2 mars"}},
	{name: "delegate, in English", by: "outlook-en", from: "graham", text: "DELEGATE TO Katrin Vogel UNTIL 15 March 2018", want: editorial.Reply{Verb: editorial.Delegate, To: "Katrin Vogel", Until: "15 March 2018"}},
}
