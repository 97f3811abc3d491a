package index

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
)

// While runs start, end and go between the pages, those that do not change are told once each, in their order.
func TestPagesWhileOthersChange(t *testing.T) {
	for _, filter := range []string{"", "WorkflowType = 'order'", "StartTime > '-1d'", "ORDER BY WorkflowId DESC", "ORDER BY Amount DESC, Ratio"} {
		t.Run(filter, func(t *testing.T) {
			s := opened(t, Config{})
			batch := many(100)
			for n, row := range batch.Put {
				row.SearchAttributes = map[string]*commonpb.Payload{"Amount": payloadOf("Amount", n%3)}
				if n%2 == 0 {
					batch.Changes = append(batch.Changes, closing(n, testNow.Add(-time.Duration(n%5)*time.Hour)))
				}
			}
			require.NoError(t, s.Apply(t.Context(), batch))
			query := Query{Filter: filter, Attributes: testAttributes, Now: testNow}
			whole, err := s.List(t.Context(), query)
			require.NoError(t, err)
			var want, got []string
			changing := func(n int) bool { return n%4 == 1 }
			for _, info := range whole.Executions {
				var n int
				_, err := fmt.Sscanf(info.Execution.RunId, "r-%d", &n)
				require.NoError(t, err)
				if !changing(n) {
					want = append(want, info.Execution.RunId)
				}
			}
			query.PageSize = 7
			for n := 1; ; n += 8 {
				page, err := s.List(t.Context(), query)
				require.NoError(t, err)
				for _, info := range page.Executions {
					var n int
					_, err := fmt.Sscanf(info.Execution.RunId, "r-%d", &n)
					require.NoError(t, err)
					if !changing(n) && n < 100 {
						got = append(got, info.Execution.RunId)
					}
				}
				if query.Token = page.Next; query.Token == nil {
					break
				}
				fresh := started(1000 + n)
				fresh.Start = testNow.Add(time.Duration(n) * time.Second)
				require.NoError(t, s.Apply(t.Context(), Batch{
					Put: []*Execution{fresh, started(200 + n)}, Changes: []Change{closing(n, testNow)}, Delete: []string{fmt.Sprintf("r-%03d", n+4)},
				}))
			}
			require.Equal(t, want, got)
		})
	}
}

// A search attribute that runs have for the first time between two pages changes nothing for those that have it not.
func TestAnAttributeAppearsBetweenPages(t *testing.T) {
	s := opened(t, Config{})
	require.NoError(t, s.Apply(t.Context(), many(10)))
	query := Query{Filter: "ORDER BY City DESC", Attributes: testAttributes, PageSize: 5}
	first, err := s.List(t.Context(), query)
	require.NoError(t, err)
	late := started(20)
	late.SearchAttributes = map[string]*commonpb.Payload{"City": payloadOf("City", "x")}
	require.NoError(t, s.Apply(t.Context(), Batch{Put: []*Execution{late}}))
	query.Token = first.Next
	second, err := s.List(t.Context(), query)
	require.NoError(t, err)
	require.Equal(t, []string{"r-000", "r-001", "r-002", "r-003", "r-004", "r-005", "r-006", "r-007", "r-008", "r-009"},
		append(runsOf(first.Executions), runsOf(second.Executions)...))
}

func TestTokens(t *testing.T) {
	s := opened(t, Config{})
	require.NoError(t, s.Apply(t.Context(), many(10)))
	first, err := s.List(t.Context(), Query{PageSize: 3})
	require.NoError(t, err)
	require.Len(t, first.Executions, 3)
	all, err := s.List(t.Context(), Query{PageSize: 10})
	require.NoError(t, err)
	require.Empty(t, all.Next, "a last page that is full is the last")
	all, err = s.List(t.Context(), Query{PageSize: 5000})
	require.NoError(t, err)
	require.Len(t, all.Executions, 10)

	_, err = s.List(t.Context(), Query{Filter: "WorkflowId = 'x'", Token: first.Next})
	refused(t, err, "the page token is of a list with another filter")
	_, err = s.List(t.Context(), Query{Token: []byte("nonsense")})
	refused(t, err, "the page token is none of a list of workflows")
	short, err := json.Marshal(pageToken{Filter: filterHash(""), Keys: make([]pageKey, 2)})
	require.NoError(t, err)
	_, err = s.List(t.Context(), Query{Token: short})
	refused(t, err, "the page token does not fit the list any more")
	second, err := s.List(t.Context(), Query{PageSize: 100, Token: first.Next})
	require.NoError(t, err)
	require.Equal(t, runsOf(all.Executions)[3:], runsOf(second.Executions), "pages of a list may have other sizes")
}

// Lists see whole batches while others are being written, and wait for none.
func TestReadersWhileWriting(t *testing.T) {
	s := opened(t, Config{})
	const batches, size = 60, 20
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for last := int64(0); ; {
				select {
				case <-done:
					return
				default:
				}
				counts, err := s.Count(t.Context(), Query{Filter: "City = 'x' GROUP BY Amount", Attributes: testAttributes})
				if err != nil || counts.Total%size != 0 || counts.Total < last {
					t.Errorf("counted %d after %d: %v", counts.Total, last, err)
					return
				}
				last = counts.Total
				if _, err := s.List(t.Context(), Query{Filter: "Tags = 'x' AND Note = 'hello' ORDER BY `Due date`", Attributes: testAttributes, PageSize: 5}); err != nil {
					t.Errorf("list: %v", err)
					return
				}
			}
		})
	}
	names := []string{"Amount", "Tags", "Note", "Ratio", "Due date"}
	values := []any{1, []string{"x"}, "hello again", 1.5, testNow}
	for i := range batches {
		var batch Batch
		for n := range size {
			row := started(i*size + n)
			row.SearchAttributes = map[string]*commonpb.Payload{"City": payloadOf("City", "x")}
			name := names[i*len(names)/batches] // new columns while lists are read
			row.SearchAttributes[name] = payloadOf(name, values[i*len(names)/batches])
			batch.Put = append(batch.Put, row)
		}
		require.NoError(t, s.Apply(t.Context(), batch))
	}
	close(done)
	readers.Wait()
	require.EqualValues(t, batches*size, total(t, s, "City = 'x'"))
}

// While a transaction is open that has written, lists and counts are answered as if it was not.
func TestReadersDoNotWaitForTheWriter(t *testing.T) {
	s := opened(t, Config{})
	require.NoError(t, s.Apply(t.Context(), many(5)))
	require.NoError(t, s.transact(t.Context(), func(w *writer) error {
		require.NoError(t, w.delete("r-001"))
		require.EqualValues(t, 5, total(t, s, ""))
		page, err := s.List(t.Context(), Query{})
		require.NoError(t, err)
		require.Len(t, page.Executions, 5)
		_, _, err = s.Positions(t.Context())
		return err
	}))
	require.EqualValues(t, 4, total(t, s, ""))
}
