package agenda

// class is a table of words: what a word is to the grammar.
type class uint8

const (
	month class = iota
	weekday
	fromToday
	shortMonth // an abbreviation
	shortDay
	ordinal
	article
	opens
	between
	reaches
	joins
	either
	ofYear
	nthOf
	nextOne
	lastOne
	shift
	beside
	weekOf
	filler
	monthVerb
	deadlineWord
	deadlineAt
	openEnded
	habit
	weekly
	paper

	hourMark
	hourBefore
	atHour
	minuteMark
	noon
	midnight
	pastHour
	toHour
	afternoon
	morning
	lateWord
	earlyWord
	lasting

	have
	be
	beNow
	irregular
	openPart
	pastWord
	announces
	hint
	reflexive
	will
	following
	host
	notFuture
	notPast

	determiner
	demonstrative
	clauseWord
	aside
	possessive
	eventNoun
	weakNoun
	tail
	toPlace
	toVenue
	placeArticle
	placeLink
	scope
	venue
	meets
	street
	stranger
	internal
	external
	agendaWord
	greeting

	recordWord
	closedWord
	openingHours
	wroteWord
	cancelled
	cancelling
	negator
	negationOpens
	held
	noneOf
	merely
	condition
	notReally
	movedTo
	moving
	formerly
	contrast
	stays
	newDay
	planned
	relative
	headerField

	whereLabel
	whenLabel
	hoursLabel
	whatLabel
	fromLabel
	toLabel
	byLabel
	otherLabel
	registerWord
	programmeWord

	lastClass
)

// table is one of a file: its key, its class, and how it may be filled.
type table struct {
	key   string
	class class
	words bool // of one word each
	need  bool // no language goes without
}

var (
	dateTables = []table{
		{"ordinals", ordinal, true, true}, {"articles", article, false, true}, {"opens", opens, false, true},
		{"between", between, false, true}, {"reaches", reaches, false, true}, {"joins", joins, true, true},
		{"either", either, true, true}, {"of", ofYear, false, false}, {"nth_of", nthOf, true, true},
		{"next", nextOne, true, true}, {"last", lastOne, true, true}, {"shifts", shift, false, true},
		{"beside", beside, false, true}, {"weeks", weekOf, false, true}, {"fillers", filler, true, true},
		{"month_verbs", monthVerb, true, false}, {"deadlines", deadlineWord, true, true},
		{"deadlines_at", deadlineAt, true, false}, {"open_ended", openEnded, true, true}, {"habits", habit, true, true},
		{"weekly", weekly, true, false}, {"papers", paper, true, true},
	}
	hourTables = []table{
		{"marks", hourMark, true, true}, {"marks_before", hourBefore, false, false}, {"ats", atHour, false, true},
		{"minutes", minuteMark, true, true}, {"noon", noon, false, true}, {"midnight", midnight, false, true},
		{"past_hour", pastHour, true, false}, {"to_hour", toHour, true, false}, {"afternoon", afternoon, false, true},
		{"morning", morning, false, true}, {"late", lateWord, false, true}, {"early", earlyWord, false, true}, {"durations", lasting, true, true},
	}
	tenseTables = []table{
		{"have", have, true, true}, {"be", be, true, true}, {"be_now", beNow, true, false},
		{"irregular", irregular, true, true}, {"open", openPart, true, true}, {"past", pastWord, false, true},
		{"announces", announces, false, true}, {"hints", hint, false, true}, {"reflexive", reflexive, true, true},
		{"will", will, false, false}, {"following", following, false, true}, {"hosts", host, false, true},
	}
	eventTables = []table{
		{"determiners", determiner, true, true}, {"demonstratives", demonstrative, true, true},
		{"clauses", clauseWord, true, true}, {"asides", aside, false, true}, {"possessives", possessive, true, true},
		{"nouns", eventNoun, false, true}, {"weak_nouns", weakNoun, false, true},
		{"tails", tail, true, true}, {"to", toPlace, true, true}, {"to_venues", toVenue, true, true}, {"place_articles", placeArticle, true, true},
		{"place_links", placeLink, true, true}, {"scopes", scope, false, true}, {"venues", venue, false, true},
		{"meets", meets, false, true}, {"streets", street, true, true},
		{"strangers", stranger, true, true}, {"internal", internal, false, true}, {"external", external, false, true},
		{"agendas", agendaWord, false, true}, {"greetings", greeting, true, true},
	}
	neverTables = []table{
		{"records", recordWord, false, true}, {"closed", closedWord, false, true},
		{"opening_hours", openingHours, false, true}, {"wrote", wroteWord, false, true}, {"headers", headerField, false, true},
	}
	offTables = []table{
		{"cancelled", cancelled, false, true}, {"cancellations", cancelling, false, true},
		{"not", negator, false, true}, {"not_opens", negationOpens, true, false}, {"held", held, false, true},
		{"none", noneOf, false, true}, {"merely", merely, true, true}, {"conditions", condition, false, true},
		{"not_really", notReally, false, true}, {"moved", movedTo, false, true}, {"moves", moving, false, true},
		{"formerly", formerly, false, true}, {"contrasts", contrast, false, true}, {"stays", stays, false, true},
		{"new_days", newDay, false, true}, {"planned", planned, false, true},
		{"relatives", relative, true, true},
	}
	labelTables = []table{
		{"where", whereLabel, false, true}, {"when", whenLabel, false, true}, {"hours", hoursLabel, false, true},
		{"what", whatLabel, false, true}, {"from", fromLabel, false, true}, {"to", toLabel, false, true},
		{"by", byLabel, false, true}, {"other", otherLabel, false, true}, {"register", registerWord, false, true}, {"programmes", programmeWord, false, true},
	}
)
