package render

import (
	"strings"
	"unicode/utf8"
)

// Rows is a table in the making: rows of cells, aligned in columns when written.
type Rows struct {
	rows   [][]string
	widths []int // of the columns, the last of them none
}

// Add adds a row.
func (r *Rows) Add(cells ...string) { r.rows = append(r.rows, cells) }

// Pair adds a name and its value, unless the value is empty.
func (r *Rows) Pair(name, value string) {
	if value != "" {
		r.Add(name, value)
	}
}

// Lines are the rows with their columns aligned, two spaces apart, and each
// line cut to width columns; 0 is no limit.
func (r *Rows) Lines(width int) []string {
	widths := r.widths
	for _, row := range r.rows {
		for i, cell := range row[:max(len(row)-1, 0)] { // the last cell of a row pads nothing
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	r.widths = widths
	lines := make([]string, len(r.rows))
	for n, row := range r.rows {
		var line strings.Builder
		for i, cell := range row {
			line.WriteString(cell)
			if i < len(row)-1 {
				line.WriteString(strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell)+2))
			}
		}
		lines[n] = Clip(strings.TrimRight(line.String(), " "), width)
	}
	return lines
}

// Take is Lines, and empties the table for the rows that follow, which are aligned with these.
func (r *Rows) Take(width int) []string {
	lines := r.Lines(width)
	r.rows = nil
	return lines
}
