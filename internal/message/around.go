package message

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds of what may stand around a text.
const (
	bannerReach   = 4    // blocks from either end within which a warning stands
	maxBanner     = 700  // octets
	maxSmallPrint = 4000 // octets of one paragraph
	maxCover      = 320  // octets of a sentence to the editors
	maxCovers     = 6    // sentences to the editors at either end
	enough        = 60   // octets of text that are one without its cover
)

// around takes off what stands around a text, and leaves the rest in c.bare.
func (c *cutter) around(blocks []Block) {
	blocks = c.withoutBanners(blocks)
	blocks = c.withoutNotices(blocks)
	blocks = c.withoutAdded(blocks)
	blocks = c.withoutFields(blocks)
	blocks = c.withoutTail(blocks)
	cuts := len(c.bare.Cuts)
	blocks = c.withoutGreeting(blocks)
	bare := trimRules(c.withoutCovers(blocks))
	if len(c.bare.Cuts) > cuts && len(bare) > 0 && bare[0].Flowing() && len(bare[0].Lines) > 0 {
		bare = replaceLine(bare, 0, 0, bare[0].Lines[0].Capitalised())
	}
	c.bare.Blocks = bare
}

// withoutNotices takes off small print: paragraphs that speak of the mail itself
// below the last of the text, and anywhere those that do so twice.
func (c *cutter) withoutNotices(blocks []Block) []Block {
	last := -1 // block of the text proper
	for i, b := range blocks {
		text := foldSpace(replyFolder.Replace(b.Text()))
		if len(text) >= proseLine && sentenceStop.MatchString(text) && !isNotice(text) {
			last = i
		}
	}
	return c.without(CutNotice, blocks, func(i int, b Block) bool {
		text := b.Text()
		if len(text) >= maxSmallPrint {
			return false
		}
		text = foldSpace(replyFolder.Replace(text))
		if !isNotice(text) {
			return false
		}
		return i > last && ofMail.MatchString(text) || len(known().notice.FindAllStringIndex(text, 2)) > 1
	})
}

// ofMail are words for the mail itself.
var ofMail = regexp.MustCompile(`message|courriel|\be-?mails?\b|\bmails?\b|mensagem|messaggio|mensaje|correo|communication|imprim|print|stampa|nachricht|bericht`)

// isNotice recognises small print. The cues come first: they cost little.
func isNotice(text string) bool {
	for _, cue := range known().cues {
		if strings.Contains(text, cue) {
			return known().notice.MatchString(text)
		}
	}
	return false
}

func (c *cutter) withoutBanners(blocks []Block) []Block {
	return c.without(CutBanner, blocks, func(i int, b Block) bool {
		text := foldSpace(replyFolder.Replace(b.Text()))
		return (i < bannerReach || i >= len(blocks)-bannerReach) && len(text) < maxBanner && known().banner.MatchString(text)
	})
}

// withoutAdded takes off the lines that phones and webmails add.
func (c *cutter) withoutAdded(blocks []Block) []Block {
	var kept []Block
	for _, b := range blocks {
		if b.Flowing() {
			var lines []Line
			for _, l := range b.Lines {
				folded := strings.Trim(foldSpace(replyFolder.Replace(l.Text)), " .!*_-")
				if before, _, link := strings.Cut(folded, " <http"); link {
					folded = before
				}
				if known().added.MatchString(folded) {
					c.cutLine(CutAdded, l)
					continue
				}
				lines = append(lines, l)
			}
			if b.Lines = lines; len(lines) == 0 {
				continue
			}
		}
		kept = append(kept, b)
	}
	return kept
}

// withoutFields takes off the labelled fields of a form that open the text, at
// least two of them.
func (c *cutter) withoutFields(blocks []Block) []Block {
	rows, _ := rowsOf(blocks)
	count, end := 0, 0
	for i, r := range rows {
		if r.text == "" {
			continue
		}
		label, value, ok := strings.Cut(r.text, ":")
		if !ok || r.line < 0 || !slices.Contains(known().fields, strings.TrimSpace(label)) {
			if count > 0 && strings.TrimSpace(rows[i].text) != "" {
				break
			}
			return blocks
		}
		count, end = count+1, i+1
		if strings.TrimSpace(value) == "" {
			break // the last, whose value is the text
		}
	}
	if count < 2 || end >= len(rows) {
		return blocks
	}
	fields, rest := splitAt(blocks, rows, end)
	c.cut(CutFields, fields...)
	return rest
}

// withoutTail takes off the signature: what a program marked as one, and what
// stands from a farewell, from the line of the writer's own name, or from the
// separator of RFC 3676 on, to the end or to where the text goes on. That is
// where prose stands again, or a heading above it; a sentence of prose below a
// longer text is a slogan.
func (c *cutter) withoutTail(blocks []Block) []Block {
	var kept []Block
	for _, b := range blocks {
		if b.origin != asSignature {
			kept = append(kept, b)
			continue
		}
		c.sign(b)
	}
	for range maxSignatures {
		rows, _ := rowsOf(kept)
		from, to := c.findSignature(newTailRows(kept, rows))
		if from == to {
			break
		}
		before, rest := splitAt(kept, rows, from)
		restRows, _ := rowsOf(rest)
		signature, after := splitAt(rest, restRows, to-from)
		c.sign(signature...)
		kept = append(before, after...)
		if to == len(rows) {
			break
		}
	}
	return kept
}

func (c *cutter) sign(blocks ...Block) {
	c.cut(CutSignature, blocks...)
	for _, b := range blocks {
		c.bare.Signature = strings.TrimSpace(c.bare.Signature + "\n" + b.Text())
	}
}

// Bounds of looking for signatures.
const (
	maxSignatures = 4   // in one text: a note may have its own
	maxOpenings   = 24  // rows that may open one which are tried
	proseLine     = 70  // characters from which on a sentence is prose
	slogan        = 200 // characters of prose that a signature may hold
)

// tailRows are the rows of a text, and what stands from each on.
type tailRows struct {
	blocks     []Block
	rows       []row
	prose      []int // characters of prose from each row on
	last       int   // row that says something
	separators int
}

func newTailRows(blocks []Block, rows []row) tailRows {
	t := tailRows{blocks: blocks, rows: rows, prose: make([]int, len(rows)+1), last: -1}
	for i := len(rows) - 1; i >= 0; i-- {
		t.prose[i] = t.prose[i+1]
		if t.isProse(i) {
			t.prose[i] += utf8.RuneCountInString(rows[i].text)
		}
		if rows[i].text == "--" {
			t.separators++
		}
		if t.last < 0 && rows[i].text != "" {
			t.last = i
		}
	}
	return t
}

var sentenceStop = regexp.MustCompile(`[.!?…](?:[»”")]| »)?$`)

// isProse recognises a row that is a sentence of a text, and no slogan in quotes.
func (t tailRows) isProse(i int) bool {
	text := t.rows[i].text
	return utf8.RuneCountInString(text) >= proseLine && sentenceStop.MatchString(text) &&
		!strings.HasPrefix(text, "\"") && !strings.HasPrefix(text, "«") && !strings.HasPrefix(text, "“")
}

// findSignature gives the rows of the first signature; none for from == to.
func (c *cutter) findSignature(t tailRows) (from, to int) {
	tried := 0
	for i, r := range t.rows {
		if r.blank || r.line < 0 || r.text == "" || tried == maxOpenings {
			continue
		}
		line := t.blocks[r.block].Lines[r.line].Text
		separator := r.text == "--" && t.separators == 1
		farewell := !separator && isFarewell(r.text)
		name := !farewell && i > 0 && !labelled(t.rows, i) && c.isAuthor(line)
		if !separator && !farewell && !name && !(i > 0 && i == t.last && c.isFirstName(line)) {
			continue
		}
		tried++
		end := t.signatureEnd(i+1, t.prose[0]-t.prose[i])
		alone := true // nothing else stands in it
		for k := i + 1; k < end; k++ {
			alone = alone && t.rows[k].text == ""
		}
		switch {
		case end == len(t.rows):
		case separator && t.prose[i] <= t.prose[0]-t.prose[i]:
			end = len(t.rows)
		case alone && !name, name && alone && len(t.blocks[r.block].Lines) != 1:
			continue // amid the text
		}
		return i, end
	}
	return 0, 0
}

// signatureEnd is the row at which the text goes on below a signature, above being
// the characters of prose above it.
func (t tailRows) signatureEnd(i, above int) int {
	goesOn := t.prose[i] > slogan || t.prose[i] > above
	heading := -1 // of the row before, which prose may follow
	for k := i; k < len(t.rows); k++ {
		r := t.rows[k]
		if r.text == "" {
			continue
		}
		switch {
		case postscript.MatchString(r.text), particular.MatchString(r.text) && dated.MatchString(r.text):
			return k
		case goesOn && t.isProse(k):
			if heading >= 0 {
				return heading
			}
			return k
		}
		if heading = -1; t.mayHead(k) && k > i {
			heading = k
		}
	}
	return len(t.rows)
}

// mayHead recognises a row that may be the heading of what stands below.
func (t tailRows) mayHead(k int) bool {
	b, text := t.blocks[t.rows[k].block], t.rows[k].text
	if !b.Flowing() || len(b.Lines) != 1 || b.Text() == "" {
		return false
	}
	return b.Tag != "p" || b.Lines[0].Bold() || !strings.ContainsAny(text, "@0123456789|") && !isFarewell(text) && !strings.HasSuffix(text, ",")
}

var (
	postscript = regexp.MustCompile(`^(?:p\.?[ -]?s\.?|n\.?b\.?|nota(?: bene)?)(?: ?:| )`)
	// particular is a line that tells of an event, which no signature does.
	particular = regexp.MustCompile(`^(?:dates?|quand|when|fecha|quando|lieu|où|where|place|venue|luogo|lugar|local|horaires?|heure|time|hora|orari?o?|programme|program|programma|inscriptions?|registration) ?: ?\S`)
)

// isFarewell recognises a line of farewell, with a name behind a comma perhaps.
func isFarewell(line string) bool {
	if known().farewell.MatchString(line) {
		return true
	}
	if parts := strings.FieldsFunc(line, func(r rune) bool { return r == '/' || r == '|' }); len(parts) > 1 {
		for _, p := range parts {
			if !known().farewell.MatchString(strings.Trim(p, " ,.!")) {
				return false
			}
		}
		return true
	}
	before, name, ok := strings.Cut(strings.TrimRight(line, " ,.!"), ",")
	for _, and := range []string{" et ", " and ", " e ", " y "} {
		if !ok {
			before, name, ok = strings.Cut(line, and)
		}
	}
	name = strings.Trim(name, " ,.!")
	return ok && known().farewell.MatchString(strings.TrimSpace(before)) &&
		(len(strings.Fields(name)) <= 4 && !strings.ContainsAny(name, "0123456789") || known().farewell.MatchString(name))
}

// labelled says whether what stands above a row announces it.
func labelled(rows []row, i int) bool {
	for i--; i >= 0; i-- {
		if rows[i].text != "" {
			return strings.HasSuffix(rows[i].text, ":")
		}
	}
	return false
}

// isAuthor says whether a line is the writer's name and no more.
func (c *cutter) isAuthor(line string) bool {
	name, own := nameWords(line), nameWords(c.author)
	return len(own) > 1 && slices.Equal(name, own)
}

// isFirstName says whether a line is the writer's first name, or the beginnings of
// their names, and no more.
func (c *cutter) isFirstName(line string) bool {
	line = strings.ToLower(strings.Trim(replyFolder.Replace(line), " .,-–\u00a0"))
	names := strings.Fields(strings.ToLower(replyFolder.Replace(c.author)))
	if len(names) == 0 || line == "" {
		return false
	}
	initials := ""
	for _, n := range names {
		_, size := utf8.DecodeRuneInString(n)
		initials += n[:size]
	}
	return line == names[0] || len(names) > 1 && (line == names[len(names)-1] || strings.ReplaceAll(line, ".", "") == initials)
}

func nameWords(s string) []string {
	words := strings.FieldsFunc(strings.ToLower(replyFolder.Replace(s)), func(r rune) bool {
		return strings.ContainsRune(" ,.\u00a0", r)
	})
	slices.Sort(words)
	return words
}

// withoutGreeting takes off the salutations that open the text.
func (c *cutter) withoutGreeting(blocks []Block) []Block {
	for range maxGreetings {
		next, ok := c.greetingAbove(blocks)
		if !ok {
			break
		}
		blocks = next
	}
	return blocks
}

func (c *cutter) greetingAbove(blocks []Block) ([]Block, bool) {
	for i, b := range blocks {
		if b.Text() == "" {
			continue // a picture above
		}
		if !b.Flowing() {
			return nil, false
		}
		line := b.Lines[0]
		at := greeting(line.Plain())
		if at == 0 {
			return nil, false
		}
		c.cutLine(CutGreeting, line.Before(at))
		return replaceLine(blocks, i, 0, line.After(at)), true
	}
	return nil, false
}

// Bounds of salutations: on lines of their own, and commas and the like in one.
const (
	maxGreetings     = 3
	maxGreetingMarks = 4
)

// greeting is how many octets of a line are salutations, with the marks and blanks
// behind them.
func greeting(text string) int {
	end := 0
	for range maxGreetings {
		more := oneGreeting(text[end:])
		if more == 0 {
			break
		}
		end += more
	}
	return end
}

func oneGreeting(text string) int {
	for n, at := 0, 0; n < maxGreetingMarks && at < len(text); n++ {
		mark := strings.IndexAny(text[at:], ",.!…")
		if mark < 0 {
			mark = len(text) - at
		}
		at += mark
		if said := strings.TrimRight(text[:at], " :;)-\u00a0\u202f"); isGreeting(said) {
			return len(text) - len(strings.TrimLeft(text[at:], ",.!… \u00a0\u202f"))
		}
		at += len(text[at:]) - len(strings.TrimLeft(text[at:], ",.!…"))
	}
	return 0
}

// isGreeting recognises a salutation.
func isGreeting(said string) bool {
	return known().salutation.MatchString(strings.Join(strings.Fields(replyFolder.Replace(said)), " "))
}

// replaceLine puts another line in a line's place, or none for an empty one.
func replaceLine(blocks []Block, i, k int, l Line) []Block {
	all := slices.Clone(blocks)
	b := all[i]
	if l.HTML == "" {
		b.Lines = slices.Delete(slices.Clone(b.Lines), k, k+1)
	} else {
		b.Lines = slices.Clone(b.Lines)
		b.Lines[k] = l
	}
	if all[i] = b; len(b.Lines) == 0 {
		all = slices.Delete(all, i, i+1)
	}
	return all
}

// withoutCovers takes off the sentences at either end that speak to the editors of
// the sending itself, unless hardly anything would be left.
func (c *cutter) withoutCovers(blocks []Block) []Block {
	left, cuts := blocks, len(c.bare.Cuts)
	for range maxCovers {
		next, ok := c.coverAbove(left)
		if !ok {
			break
		}
		left = next
	}
	for range maxCovers {
		next, ok := c.coverBelow(left)
		if !ok {
			break
		}
		left = next
	}
	if textLen(left) < enough && len(left) < len(blocks)+1 && textLen(left) < textLen(blocks) {
		covers := slices.Clone(c.bare.Cuts[cuts:])
		c.bare.Cuts = c.bare.Cuts[:cuts]
		for _, cover := range covers {
			if said := foldSpace(replyFolder.Replace(cover.Text)); textLen(left) == 0 && !isFarewell(said) && mayBeNews(said) {
				c.bare.Kept = cover.Text
				return blocks
			}
		}
		c.bare.Covered, c.bare.Covers = left, covers
		return blocks
	}
	return left
}

func (c *cutter) coverAbove(blocks []Block) ([]Block, bool) {
	for i, b := range blocks {
		if b.Text() == "" {
			continue
		}
		if b.Tag != "p" {
			return nil, false
		}
		line := b.Lines[0]
		plain := line.Plain()
		end := firstSentence(plain)
		said := foldSpace(replyFolder.Replace(plain[:end]))
		if !c.isCover(said) || dated.MatchString(said) && !strings.HasSuffix(said, ":") {
			return nil, false
		}
		c.cutLine(CutCover, line.Before(end))
		return replaceLine(blocks, i, 0, line.After(end)), true
	}
	return nil, false
}

func (c *cutter) coverBelow(blocks []Block) ([]Block, bool) {
	for i := len(blocks) - 1; i >= 0; i-- {
		b := blocks[i]
		if b.Text() == "" {
			continue
		}
		if b.Tag != "p" {
			return nil, false
		}
		k := len(b.Lines) - 1
		line := b.Lines[k]
		plain := line.Plain()
		start := lastSentence(plain)
		said := foldSpace(replyFolder.Replace(plain[start:]))
		if !isFarewell(said) && (!c.isCover(said) || tells.MatchString(said) || strings.Contains(line.After(start).HTML, "<a ")) {
			return nil, false
		}
		c.cutLine(CutCover, line.After(start))
		if start == 0 {
			return replaceLine(blocks, i, k, Line{}), true
		}
		return replaceLine(blocks, i, k, line.Before(start)), true
	}
	return nil, false
}

// isCover reports a sentence that speaks to the editors of the sending and tells nothing
// else. One that tells news besides stays, which c.bare.Kept says.
func (c *cutter) isCover(said string) bool {
	if !speaksOfSending(said) {
		return false
	}
	if tellsNews(said, fewestNews) {
		c.bare.Kept = said
		return false
	}
	return true
}

func speaksOfSending(said string) bool {
	return said != "" && len(said) <= maxCover && known().cover.MatchString(strings.TrimRight(said, " .!:…"))
}

// How many words a clause that tells news has at the least; the same where no other text
// is left; and how many a sentence has that is then kept whole, as perhaps it tells news.
const (
	fewestNews  = 6
	fewestAlone = 4
	longAlone   = 12
)

// mayBeNews reports a sentence about what is sent which, where nothing else is left, had
// better stay: it tells something, or is long and names neither a text nor the newsletter.
func mayBeNews(said string) bool {
	return tellsNews(said, fewestAlone) || len(strings.Fields(said)) >= longAlone && !ofText.MatchString(said)
}

// ofText are words for a text that is sent, and for where it is to stand.
var ofText = regexp.MustCompile(`infolettre|info-lettre|newsletter|lettre d'information|numéro|publi|diffus|insér|relay|parution|merci|article|texte?\b|contribution|communiqué|document|annonce|actualité|actus?\b|nouvelle|brève|infos?\b|informations?\b|` +
	`news|piece|contribut|pubblic|notizi|articol|testo|notici|notíci|artículo|artigo|texto|número|edición|edição|bolet`)

// tellsNews reports a sentence with a clause that has nothing to do with the sending: it
// is long enough, none of the phrases of a cover note stands in it, and it speaks to
// nobody.
func tellsNews(said string, fewest int) bool {
	for _, clause := range clauseEnd.Split(said, -1) {
		if len(strings.Fields(clause)) >= fewest && !known().cover.MatchString(clause) && !addressing.MatchString(clause) && !referring.MatchString(strings.TrimSpace(clause)) {
			return true
		}
	}
	return false
}

// clauseEnd is where a clause may end, and begin.
var clauseEnd = regexp.MustCompile(`[,;:()–—]+ ?| (?:où|dont|qui|laquelle|lequel|auxquels?|where|which|who|whose|dove|cui|donde|onde|quien(?:es)?|cuy[oa]s?) `)

// referring begins a clause that refers to what was said before.
var referring = regexp.MustCompile(`^(?:(?:pour )?(?:faire )?suite à|à la suite d|comme |en réponse|en suivi|après |following|further to|as |after |in (?:reply|response|answer)|a seguito|in seguito|come |como |tras |según |na sequência|em resposta|en respuesta|conforme )`)

// addressing are words by which a clause speaks to the editors, or of the sending.
var addressing = regexp.MustCompile(`\b(?:vous|votre|vos|tu|te|ton|ta|merci|svp|stp|je|j'ai|j'espère|convenu|demandé|promis|you|your|i|please|thanks?|agreed|requested|promised|discussed|` +
	`voi|vi|vostr[oaei]|grazie|vostra|le|usted(?:es)?|su|sus|gracias|vocês?|vosso|vossa|obrigad[oa]|` +
	`infolettre|newsletter|lettre|ci-?joint|pièces? jointes?|p\.?j\.?|attached|enclosed|allegat[oa]|adjunt[oa]|anexo|publi\pL*|diffus\pL*|parution|numéro)\b`)

// tells is what a reader may need: a number, a date, an address.
var tells = regexp.MustCompile(`\d|@|https?:|www\.`)

// dated is what may be a date in a sentence.
var dated = regexp.MustCompile(`\b\d{1,2}(?:er|st|nd|rd|th)?(?: de)? \pL{3,}|\b\d{1,2}[/.]\d{1,2}\b`)

// sentenceEnd is where a sentence may end.
var sentenceEnd = regexp.MustCompile(`[.!?…:]+(?:["»”)]|[\s\x{a0}\x{202f}]*»)?(?:[\s\x{a0}\x{202f}]+|$)`)

// firstSentence is the length of the first sentence, with the blanks behind it.
func firstSentence(text string) int {
	for _, at := range sentenceEnd.FindAllStringIndex(text[:min(len(text), 2*maxCover)], -1) {
		if !abbreviated(text[:at[0]]) {
			return at[1]
		}
	}
	return len(text)
}

// lastSentence is where the last sentence begins.
func lastSentence(text string) int {
	from := 0
	if len(text) > 4*maxCover {
		from = len(text) - 4*maxCover
		for from < len(text) && !utf8.RuneStart(text[from]) {
			from++
		}
	}
	start := 0
	for _, at := range sentenceEnd.FindAllStringIndex(text[from:], -1) {
		if from+at[1] < len(text) && !abbreviated(text[:from+at[0]]) && text[from+at[0]] != ':' {
			start = from + at[1]
		}
	}
	return start
}

// abbreviated says whether a text ends with what a full stop shortens: M., Mme., p.j.
func abbreviated(text string) bool {
	word := text[strings.LastIndexAny(text, " \u00a0(.")+1:]
	switch strings.ToLower(word) {
	case "mme", "mmes", "mlle", "mr", "mrs", "ms", "dr", "tél", "tel", "n", "st", "ste", "av", "bd", "ex", "etc", "sig", "dott":
		return true
	}
	return utf8.RuneCountInString(word) == 1
}
