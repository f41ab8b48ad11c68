package main

import (
	"fmt"

	"infolettre/internal/agenda"
	"infolettre/internal/item"
)

type agendaCmd struct {
	List agendaListCmd `cmd:"" help:"List events by date."`
}

type agendaListCmd struct{ listing }

type eventJSON struct {
	ID        int64           `json:"id"`
	Title     string          `json:"title"`
	Start     agenda.Date     `json:"start"`
	End       agenda.Date     `json:"end"`
	StartTime string          `json:"start_time"`
	EndTime   string          `json:"end_time"`
	Place     string          `json:"place"`
	Audience  agenda.Audience `json:"audience"`
	Link      string          `json:"link"`
	Item      item.ID         `json:"item"`
	Cancelled bool            `json:"cancelled"`
}

func (c agendaListCmd) Run(g *global) error {
	a, err := c.openStore(g)
	if err != nil {
		return err
	}
	defer a.closeStore()
	entries, err := a.store.Agenda(g.ctx)
	if err != nil {
		return err
	}
	out := []eventJSON{}
	var rows [][]string
	for _, e := range entries {
		ev := e.Event
		out = append(out, eventJSON{e.ID, ev.Title, ev.Start, ev.End, ev.StartTime, ev.EndTime, ev.Place, ev.Audience, ev.Link, e.Item, e.Cancelled})
		state := string(ev.Audience)
		if e.Cancelled {
			state = "cancelled"
		}
		rows = append(rows, []string{fmt.Sprint(e.ID), ev.Start.String(), ev.End.String(), state, fmt.Sprint(e.Item), cut(ev.Title, 60), ev.Place})
	}
	if c.JSON {
		return writeJSON(g.stdout, out)
	}
	return table(g.stdout, "NO.\tSTART\tEND\tAUDIENCE\tITEM\tTITLE\tPLACE", rows)
}
