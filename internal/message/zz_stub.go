package message

func (m *Message) Written() (text, html string) { return m.Visible(), "" }
