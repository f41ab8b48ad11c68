package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"infolettre/internal/audit"
	"infolettre/internal/message"
)

type logCmd struct {
	Verify logVerifyCmd `cmd:"" help:"Check the log for changed, removed and inserted rows."`
	List   logListCmd   `cmd:"" help:"List the log."`
	Erase  logEraseCmd  `cmd:"" help:"Erase what the log holds about a person."`
}

type logVerifyCmd struct {
	listing
	Head string `placeholder:"HASH" help:"Check that the log is unchanged up to this head, as printed in a mail (16 digits are enough). Without it, rows removed from the end and a log rewritten as a whole go unnoticed."`
}

type (
	headJSON struct {
		Row   int64  `json:"row"`
		At    string `json:"at"`
		After int64  `json:"after"`
		Since string `json:"since"`
	}
	verifyJSON struct {
		Sound   bool          `json:"sound"`
		Rows    int64         `json:"rows"`
		Erased  int64         `json:"erased"`
		Head    string        `json:"head"`
		Printed *headJSON     `json:"printed"`
		Faults  []audit.Fault `json:"faults"`
	}
)

func (c logVerifyCmd) Run(g *global) (err error) {
	head := ""
	if c.Head != "" {
		if head, err = audit.ParseHead(c.Head); err != nil {
			return err
		}
	}
	a, err := c.openStore(g)
	if err != nil {
		return err
	}
	defer a.closeStore()
	r, err := a.store.VerifyLog(g.ctx, head)
	if err != nil {
		return err
	}
	if c.JSON {
		out := verifyJSON{Sound: len(r.Faults) == 0, Rows: r.Rows, Erased: r.Erased, Faults: append([]audit.Fault{}, r.Faults...)}
		if r.Rows > 0 {
			out.Head = r.Last.Hash.String()
		}
		if p := r.Printed; p != nil {
			out.Printed = &headJSON{p.Row, rfc3339(p.At, a.cfg.Location), p.After, rfc3339(p.Since, a.cfg.Location)}
		}
		err = writeJSON(g.stdout, out)
	} else {
		c.tell(g, r, a.cfg.Location)
	}
	if n := len(r.Faults); n > 0 && err == nil {
		return fmt.Errorf("the log was altered: %s; keep this data folder unchanged and compare it with a backup", count(n, "fault"))
	}
	return err
}

func (c logVerifyCmd) tell(g *global, r audit.Report, loc *time.Location) {
	for _, f := range r.Faults {
		fmt.Fprintln(g.stdout, f)
	}
	if p := r.Printed; p != nil {
		since := "no row follows it"
		if p.After > 0 {
			since = fmt.Sprintf("followed by %s, the first on %s", count(int(p.After), "row"), short(p.Since, loc))
		}
		fmt.Fprintf(g.stdout, "That head is the hash of row %d (%s), %s.\n", p.Row, short(p.At, loc), since)
	}
	switch {
	case len(r.Faults) > 0:
		return
	case r.Rows == 0:
		fmt.Fprintln(g.stdout, "The log is empty.")
		return
	}
	fmt.Fprintf(g.stdout, "The log is sound: %s, the last of %s", count(int(r.Rows), "row"), short(r.Last.At, loc))
	if r.Erased > 0 {
		fmt.Fprintf(g.stdout, "; the texts of %d were erased", r.Erased)
	}
	fmt.Fprintf(g.stdout, ".\nIts head is %s\n", r.Last.Hash)
}

type logListCmd struct {
	listing
	Item int64 `placeholder:"N" help:"List only rows about this item."`
}

type rowJSON struct {
	Row        int64      `json:"row"`
	At         string     `json:"at"`
	Kind       audit.Kind `json:"kind"`
	Item       int64      `json:"item"`
	Revision   int64      `json:"revision"`
	Issue      int64      `json:"issue"`
	Proof      int64      `json:"proof"`
	Message    int64      `json:"message"`
	Request    int64      `json:"request"`
	Ref        int64      `json:"ref"`
	Erased     bool       `json:"erased"`
	Text       audit.Text `json:"text"`
	Commitment string     `json:"commitment"`
	Prev       string     `json:"prev"`
	Hash       string     `json:"hash"`
}

func (c logListCmd) Run(g *global) error {
	a, err := c.openStore(g)
	if err != nil {
		return err
	}
	defer a.closeStore()
	all, err := a.store.LogRecords(g.ctx, c.Item)
	if err != nil {
		return err
	}
	out := []rowJSON{}
	var rows [][]string
	for _, r := range all {
		text := textOf(r)
		out = append(out, rowJSON{
			r.Seq, rfc3339(r.At, a.cfg.Location), r.Kind, r.Item, r.Revision, r.Issue, r.Proof, r.Message, r.Request, r.Ref,
			r.Stored == nil, text, r.Commitment.String(), r.Prev.String(), r.Hash.String(),
		})
		who, what := text.Person, strings.Trim(text.Verb+" "+text.State, " ")
		if text.Reason != "" {
			what += ": " + oneLine(text.Reason)
		}
		if r.Stored == nil {
			who = "(erased)"
		}
		rows = append(rows, []string{
			fmt.Sprint(r.Seq), short(r.At, a.cfg.Location), string(r.Kind), about(r.Kind, r.Numbers), who, cut(what, 40), r.Hash.String()[:16],
		})
	}
	if c.JSON {
		return writeJSON(g.stdout, out)
	}
	return table(g.stdout, "ROW\tAT\tKIND\tABOUT\tWHO\tWHAT\tHASH", rows)
}

// about lists what a row is about: item 3, revision 2.
func about(kind audit.Kind, n audit.Numbers) string {
	var parts []string
	mailing := int64(0)
	if kind == audit.Mailed || kind == audit.Steered {
		mailing = n.Ref
	}
	for _, p := range []struct {
		name   string
		number int64
	}{{"item", n.Item}, {"revision", n.Revision}, {"issue", n.Issue}, {"proof", n.Proof}, {"message", n.Message}, {"mailing", mailing}} {
		if p.number != 0 {
			parts = append(parts, fmt.Sprint(p.name, " ", p.number))
		}
	}
	return strings.Join(parts, ", ")
}

type logEraseCmd struct {
	configFlag
	Address string `arg:"" help:"Address of the person."`
	Yes     bool   `help:"Confirm. What is erased can only be recovered from a backup."`
}

// Help returns the text below the usage line; kong calls it.
func (logEraseCmd) Help() string {
	return `Erases the name, the words, the mail and the authentication from the rows of the
log about this person, with the keys to what the rows commit to. The rows keep
what happened, when, and to which item, and the log still verifies. Only the log
changes: the people list, the mails and the items stay, and so do earlier backups.`
}

func (c logEraseCmd) Run(g *global) error {
	address, err := message.ParseAddress(c.Address)
	if err != nil {
		return err
	}
	if !c.Yes {
		return errors.New("nothing was erased: use --yes to erase for good what the log holds about " + string(address))
	}
	a, err := c.openStore(g)
	if err != nil {
		return err
	}
	defer a.closeStore()
	n, err := a.store.EraseFromLog(g.ctx, address, a.clock.Now())
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(g.stdout, "The texts of %s about %s were erased from the log.\n", count(n, "row"), address)
	return err
}
