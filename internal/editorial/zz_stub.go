package editorial

const (
	Translate Verb = "translate"
	Undo      Verb = "undo"
	Delegate  Verb = "delegate"
	Reorder   Verb = "reorder"
	Remove    Verb = "remove"
	Write     Verb = "write"
	Wait      Verb = "wait"
)

type Field string

const (
	FieldTitle   Field = "title"
	FieldSection Field = "section"
	FieldDate    Field = "date"
	FieldPlace   Field = "place"
)

type Change struct {
	Field Field
	Value string
}

type Line struct {
	Said    string
	Numbers []int64
	Reply   Reply
}

type Written struct{ Text, HTML string }

func ReadList(w Written, known []int64) []Line { return nil }
func ReadPlan(w Written) []Line                { return nil }
