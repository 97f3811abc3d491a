package index

import (
	"math"
	"strings"
)

// schemaVersion is raised with every change of the schema, or of what is written into it; a file of another is made anew.
const schemaVersion = 2

// open is the close time of an open run: later than any, so that the order of lists, open runs first, is that of one index.
const open = math.MaxInt64

// schema is one row for each run. Times are Unix nanoseconds. A search attribute has a column of its own, a1, a2..., which is added
// when it is first seen (type attributeColumns); what several values or words it has is in words.
//
// An index that has the order of lists behind its attribute finds a page at once, of however many runs the attribute has that value;
// but the close time changes once for every run. Six of them made a close cost 41 µs instead of 12 (200,000 runs), so only the two
// attributes have it that are compared most and have the fewest values.
//
// Most runs are the root of themselves, and are found by their own id: by_root has the others alone (type compiler).
// With all in it a run that begins and ends within a batch cost a quarter more CPU (45 µs instead of 35, 200,000 runs).
const schema = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;

CREATE TABLE attributes (
	number INTEGER PRIMARY KEY,
	name   TEXT NOT NULL,
	type   INTEGER NOT NULL,
	UNIQUE (name, type)
);

CREATE TABLE runs (
	id INTEGER PRIMARY KEY,
	run_id TEXT NOT NULL UNIQUE, workflow_id TEXT NOT NULL, first_run_id TEXT NOT NULL,
	type TEXT NOT NULL, task_queue TEXT NOT NULL, status INTEGER NOT NULL,
	start_time INTEGER NOT NULL, execution_time INTEGER NOT NULL, close_time INTEGER NOT NULL, duration INTEGER,
	history_length INTEGER, history_size INTEGER, state_transitions INTEGER,
	parent_workflow_id TEXT, parent_run_id TEXT, root_workflow_id TEXT NOT NULL, root_run_id TEXT NOT NULL,
	memo BLOB, search_attributes BLOB,
	sequence INTEGER NOT NULL
);
CREATE INDEX by_close_time ON runs (close_time DESC, start_time DESC);
CREATE INDEX by_status ON runs (status, close_time DESC, start_time DESC);
CREATE INDEX by_type ON runs (type, close_time DESC, start_time DESC);
CREATE INDEX by_start_time ON runs (start_time);
CREATE INDEX by_workflow_id ON runs (workflow_id);
CREATE INDEX by_task_queue ON runs (task_queue);
CREATE INDEX by_parent ON runs (parent_workflow_id) WHERE parent_workflow_id IS NOT NULL;
CREATE INDEX by_root ON runs (root_workflow_id) WHERE root_workflow_id <> workflow_id;

CREATE TABLE words (
	attribute INTEGER NOT NULL,
	word      TEXT NOT NULL,
	run       INTEGER NOT NULL,
	PRIMARY KEY (attribute, word, run)
) WITHOUT ROWID;
`

// rowColumns are those of runs that every row has, but its id, in the order in which they are written and read.
var rowColumns = []string{
	"run_id", "workflow_id", "first_run_id", "type", "task_queue", "status",
	"start_time", "execution_time", "close_time", "duration",
	"history_length", "history_size", "state_transitions",
	"parent_workflow_id", "parent_run_id", "root_workflow_id", "root_run_id",
	"memo", "search_attributes", "sequence",
}

// marks are n parameters of a statement.
func marks(n int) string {
	return strings.TrimSuffix(strings.Repeat("?, ", n), ", ")
}
