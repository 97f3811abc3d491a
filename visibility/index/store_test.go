package index

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enumspb "go.temporal.io/api/enums/v1"
)

func opened(t *testing.T, config Config) *Store {
	t.Helper()
	s, err := Open(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// started is a run that was started n minutes before now.
func started(n int) *Execution {
	return &Execution{
		WorkflowID: fmt.Sprintf("w-%d", n), RunID: fmt.Sprintf("r-%03d", n), Type: "order", TaskQueue: "q", Status: enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING,
		Start: testNow.Add(-time.Duration(n) * time.Minute), Sequence: 1,
	}
}

func closing(n int, at time.Time) Change {
	return Change{RunID: fmt.Sprintf("r-%03d", n), Sequence: 2, Status: enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED, Close: at, HistoryLength: 5}
}

func many(count int) (batch Batch) {
	for n := range count {
		batch.Put = append(batch.Put, started(n))
	}
	return batch
}

func total(t *testing.T, s *Store, filter string) int64 {
	t.Helper()
	counts, err := s.Count(t.Context(), Query{Filter: filter, Attributes: testAttributes, Now: testNow})
	require.NoError(t, err, filter)
	return counts.Total
}

func TestPositionsStayWithTheRows(t *testing.T) {
	config := Config{Path: filepath.Join(t.TempDir(), "deep", "odd ?#%41;name", "index.db"), Identity: "one"}
	s := opened(t, config)
	_, known, err := s.Positions(t.Context())
	require.NoError(t, err)
	require.False(t, known)

	want := Positions{Logs: []uint64{7, 1 << 60}, Epochs: []uint64{1, 2}, Open: 3, History: 4}
	batch := many(10)
	batch.Positions = &want
	batch.Put[0].SearchAttributes = map[string]*commonpb.Payload{"City": payloadOf("City", "Köln"), "Note": payloadOf("Note", "hello again")}
	require.NoError(t, s.Apply(t.Context(), batch))
	require.NoError(t, s.Apply(t.Context(), Batch{Changes: []Change{closing(1, testNow)}}), "without positions they stay")
	require.NoError(t, s.Close())
	require.NoError(t, s.Close(), "twice is safe")
	require.Error(t, s.Apply(t.Context(), batch), "what is closed takes nothing more")

	s = opened(t, config)
	got, known, err := s.Positions(t.Context())
	require.NoError(t, err)
	require.True(t, known)
	require.Equal(t, want, got)
	require.EqualValues(t, 10, total(t, s, ""))
	require.EqualValues(t, 1, total(t, s, "City = 'Köln' AND Note = 'again'"), "the columns of search attributes are known again")
	require.NoError(t, s.Apply(t.Context(), many(12)))
}

func TestWhatIsNotThisIndexIsMadeAnew(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, path string){
		"another identity": func(t *testing.T, path string) {
			s := opened(t, Config{Path: path, Identity: "other"})
			require.NoError(t, s.Apply(t.Context(), Batch{Put: many(3).Put, Positions: &Positions{Open: 9}}))
			require.NoError(t, s.Close())
		},
		"another version": func(t *testing.T, path string) {
			s := opened(t, Config{Path: path, Identity: "one"})
			require.NoError(t, s.Apply(t.Context(), Batch{Put: many(3).Put, Positions: &Positions{Open: 9}}))
			_, err := s.file.writer.Exec("UPDATE meta SET value = value + 1 WHERE key = 'version'")
			require.NoError(t, err)
			require.NoError(t, s.Close())
		},
		"another database": func(t *testing.T, path string) {
			db, err := sql.Open("sqlite", address(path))
			require.NoError(t, err)
			_, err = db.Exec("CREATE TABLE something (x)")
			require.NoError(t, err)
			require.NoError(t, db.Close())
		},
		"no database": func(t *testing.T, path string) {
			require.NoError(t, os.WriteFile(path, bytes.Repeat([]byte("nonsense"), 1000), 0o600))
			require.NoError(t, os.WriteFile(path+"-wal", []byte("more of it"), 0o600))
		},
		"cut": func(t *testing.T, path string) {
			s := opened(t, Config{Path: path, Identity: "one"})
			require.NoError(t, s.Apply(t.Context(), Batch{Put: many(500).Put, Positions: &Positions{Open: 9}}))
			require.NoError(t, s.Close())
			require.NoError(t, os.Truncate(path, 5000))
		},
		"an empty file": func(t *testing.T, path string) { require.NoError(t, os.WriteFile(path, nil, 0o600)) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "index.db")
			spoil(t, path)
			s := opened(t, Config{Path: path, Identity: "one", Logger: zerolog.Nop()})
			_, known, err := s.Positions(t.Context())
			require.NoError(t, err)
			require.False(t, known)
			require.NoError(t, s.Apply(t.Context(), many(2)))
			require.EqualValues(t, 2, total(t, s, ""))
		})
	}
}

// A page that is damaged is noticed when it is read: the call says so, and the next Open makes the file anew.
func TestDamageIsTold(t *testing.T) {
	config := Config{Path: filepath.Join(t.TempDir(), "index.db"), Identity: "one"}
	s := opened(t, config)
	require.NoError(t, s.Apply(t.Context(), Batch{Put: many(2000).Put, Positions: &Positions{Open: 9}}))
	require.NoError(t, s.Close())
	raw, err := os.ReadFile(config.Path)
	require.NoError(t, err)
	const page = 4096
	var first int
	s = opened(t, config)
	require.NoError(t, s.file.reader.QueryRow("SELECT rootpage FROM sqlite_schema WHERE name = 'by_close_time'").Scan(&first))
	require.NoError(t, s.Close())
	copy(raw[(first-1)*page:first*page], bytes.Repeat([]byte{0xA5}, page))
	require.NoError(t, os.WriteFile(config.Path, raw, 0o600))

	s, err = Open(t.Context(), config)
	require.NoError(t, err)
	_, err = s.List(t.Context(), Query{})
	require.ErrorIs(t, err, ErrDamaged)
	require.NoError(t, s.Close())
	require.NoFileExists(t, config.Path)

	s = opened(t, config)
	_, known, err := s.Positions(t.Context())
	require.NoError(t, err)
	require.False(t, known)
}

func TestWithoutAPathNothingStays(t *testing.T) {
	s := opened(t, Config{})
	require.NoError(t, s.Apply(t.Context(), many(3)))
	require.FileExists(t, s.file.path)
	require.NoError(t, s.Close())
	require.NoDirExists(t, filepath.Dir(s.file.path))
}

func TestAPlaceThatCannotBe(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err := Open(t.Context(), Config{Path: filepath.Join(file, "index.db")})
	require.ErrorContains(t, err, "make a place for the index")
	_, err = Open(t.Context(), Config{Path: t.TempDir()})
	require.ErrorContains(t, err, "open the index")
}

// A batch is written as a whole or not at all.
func TestABatchThatFailsLeavesNothing(t *testing.T) {
	s := opened(t, Config{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, s.Apply(ctx, many(3)), context.Canceled)
	require.EqualValues(t, 0, total(t, s, ""))
	require.NoError(t, s.Apply(t.Context(), many(3)))
	_, err := s.List(ctx, Query{})
	require.ErrorIs(t, err, context.Canceled)

	// The second row breaks the transaction, the first is gone with it.
	_, err = s.file.writer.Exec("CREATE TRIGGER refuse BEFORE INSERT ON runs WHEN NEW.type = 'refused' BEGIN SELECT raise(ABORT, 'no'); END")
	require.NoError(t, err)
	first, refused := started(10), started(11)
	refused.Type = "refused"
	require.ErrorContains(t, s.Apply(t.Context(), Batch{Put: []*Execution{first, refused}, Positions: &Positions{Open: 1}}), "write 2 rows and 0 changes into the index")
	require.EqualValues(t, 3, total(t, s, ""))
	_, known, err := s.Positions(t.Context())
	require.NoError(t, err)
	require.False(t, known)
}

// fading is a context that ends when it has been looked at so many times.
type fading struct {
	context.Context
	end  context.CancelFunc
	left int
}

func (f *fading) look() {
	if f.left--; f.left < 0 {
		f.end()
	}
}

func (f *fading) Err() error {
	f.look()
	return f.Context.Err()
}

func (f *fading) Done() <-chan struct{} {
	f.look()
	return f.Context.Done()
}

func TestABatchThatIsInterruptedAnywhere(t *testing.T) {
	for looks := 0; ; looks++ {
		s := opened(t, Config{})
		batch := many(2)
		batch.Put[0].SearchAttributes = map[string]*commonpb.Payload{"City": payloadOf("City", "Köln"), "Note": payloadOf("Note", "hello again")}
		ctx, end := context.WithCancel(t.Context())
		interrupted := s.Apply(&fading{ctx, end, looks}, batch)
		end()
		if interrupted != nil {
			require.ErrorIs(t, interrupted, context.Canceled)
			require.Zero(t, total(t, s, ""))
		}
		require.NoError(t, s.Apply(t.Context(), batch), "interrupted at look %d", looks)
		require.EqualValues(t, 1, total(t, s, "City = 'Köln' AND Note = 'again'"))
		require.NoError(t, s.Close())
		if interrupted == nil {
			require.Greater(t, looks, 10, "there are many places to be interrupted at")
			return
		}
	}
}

func TestExpire(t *testing.T) {
	s := opened(t, Config{})
	batch := many(10)
	for n := range 8 {
		batch.Put[n].SearchAttributes = map[string]*commonpb.Payload{"Tags": payloadOf("Tags", []string{"x", "y"})}
		batch.Changes = append(batch.Changes, closing(n, testNow.Add(-time.Duration(n)*time.Hour)))
	}
	require.NoError(t, s.Apply(t.Context(), batch))
	removed, err := s.Expire(t.Context(), testNow.Add(-5*time.Hour), 100)
	require.NoError(t, err)
	require.Equal(t, 2, removed, "closed 6 and 7 hours ago; not exactly then, and none that is open")
	removed, err = s.Expire(t.Context(), testNow.Add(time.Hour), 4)
	require.NoError(t, err)
	require.Equal(t, 4, removed)
	require.EqualValues(t, 4, total(t, s, ""))
	require.EqualValues(t, 2, total(t, s, "CloseTime > 'now-90m'"), "the oldest went first")
	var words int
	require.NoError(t, s.file.reader.QueryRow("SELECT count(*) FROM words").Scan(&words))
	require.Equal(t, 4, words)
	removed, err = s.Expire(t.Context(), testNow.Add(time.Hour), 0)
	require.NoError(t, err)
	require.Zero(t, removed)
}
