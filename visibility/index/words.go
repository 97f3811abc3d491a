package index

import "database/sql"

// columnValues are those of all the search attributes' columns for a run.
func (w *writer) columnValues(all []indexed) []any {
	values := make([]any, w.s.columns)
	for _, one := range all {
		if number := w.columns.number(one.attribute); number > 0 {
			values[number-1] = one.value
		}
	}
	return values
}

// addWords makes a run found by the words and keywords that it has.
func (w *writer) addWords(id int64, all []indexed) error {
	return w.eachWord(w.s.addWord, id, all)
}

func (w *writer) removeWords(id int64, all []indexed) error {
	return w.eachWord(w.s.removeWord, id, all)
}

func (w *writer) eachWord(statement *sql.Stmt, id int64, all []indexed) error {
	for _, one := range all {
		number := w.columns.number(one.attribute)
		if number == 0 {
			continue
		}
		for _, word := range one.words {
			if err := w.exec(statement, number, word, id); err != nil {
				return err
			}
		}
	}
	return nil
}
