package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestANamespacesLifeOnTheCommandLine(t *testing.T) {
	url := serveTest(t)
	out := ok(t, url, "namespace", "create", "shop", "--data", "a=1")
	require.Contains(t, out, "Registered")
	out = ok(t, url, "namespace", "update", "shop", "--retention", "2d", "--description", "Orders", "--data", "b=2")
	require.Regexp(t, `Description +Orders`, out)
	require.Regexp(t, `Retention +(2d|48h)`, out)
	require.Regexp(t, `Data a +1`, out)

	r := perdure(t.Context(), "", "namespace", "delete", "shop", "--nats-url", url)
	require.Equal(t, exitUsage, r.code)
	require.Equal(t, "Error: nothing was done: --yes is needed where there is no terminal to ask at\n", r.err, "nobody is asked")
	r = perdure(t.Context(), "no\n", "namespace", "delete", "shop", "--nats-url", url)
	require.Equal(t, exitUsage, r.code)
	require.Contains(t, r.err, "Delete namespace shop")
	require.Contains(t, ok(t, url, "namespace", "list"), "shop")
	r = perdure(t.Context(), "yes\n", "namespace", "delete", "shop", "--nats-url", url)
	require.Equal(t, exitOK, r.code, r.err)
	require.Contains(t, r.out, "Deleted namespace shop")
	require.NotContains(t, ok(t, url, "namespace", "list"), "shop")
	r = perdure(t.Context(), "", "namespace", "delete", "shop", "--yes", "--nats-url", url)
	require.Equal(t, exitFailure, r.code)
	require.Contains(t, r.err, "perdure namespace list")
	ok(t, url, "namespace", "create", "shop")
}

func TestSearchAttributesOnTheCommandLine(t *testing.T) {
	url := serveTest(t)
	start := []string{"workflow", "start", "--type", "Greet", "-t", "q", "--search-attribute", `Customer="c"`}
	r := perdure(t.Context(), "", append(start, "--nats-url", url)...)
	require.Equal(t, exitFailure, r.code)
	require.Contains(t, r.err, "no mapping defined for search attribute Customer: `perdure search-attribute list`")

	out := ok(t, url, "search-attribute", "add", "--name", "Customer", "--type", "keyword", "--name", "Total", "--type", "Double")
	require.Regexp(t, `Customer +Keyword +custom`, out)
	require.NotContains(t, out, "system")
	ok(t, url, start...)
	out = ok(t, url, "search-attribute", "list")
	require.Regexp(t, `Total +Double +custom`, out)
	require.Regexp(t, `WorkflowId +Keyword +system`, out)
	r = perdure(t.Context(), "", "search-attribute", "add", "--name", "Total", "--type", "Int", "--nats-url", url)
	require.Equal(t, exitFailure, r.code)
	require.Contains(t, r.err, "already exists")

	r = perdure(t.Context(), "", "search-attribute", "remove", "--name", "Nothing", "--nats-url", url)
	require.Equal(t, exitFailure, r.code)
	require.Contains(t, r.err, "no search attribute Nothing")
	r = perdure(t.Context(), "yes\n", "search-attribute", "remove", "--name", "Total", "--nats-url", url)
	require.Equal(t, exitOK, r.code, r.err)
	require.NotContains(t, r.out, "Total")
	r = perdure(t.Context(), "", "search-attribute", "remove", "--name", "RunId", "--yes", "--nats-url", url)
	require.Equal(t, exitFailure, r.code)
	require.Contains(t, r.err, "non-custom")
}

func TestLimitsOnTheCommandLine(t *testing.T) {
	url := serveTest(t)
	out := ok(t, url, "namespace", "create", "shop", "--limit", "historyCount.error=1000", "--data", "a=1")
	require.Regexp(t, `Limit historyCount.error +1000 \(usually 51200\)`, out)
	require.Regexp(t, `Limit maxTotalUpdates +2000`, out)
	require.NotContains(t, out, "Data limit")
	out = ok(t, url, "namespace", "update", "shop", "--limit", "historyCount.error=", "--limit", "maxTotalUpdates=7")
	require.Regexp(t, `Limit historyCount.error +51200\n`, out)
	require.Regexp(t, `Limit maxTotalUpdates +7 `, out)
	r := perdure(t.Context(), "", "namespace", "update", "shop", "--limit", "historyCount=7", "--nats-url", url)
	require.Equal(t, exitFailure, r.code)
	require.Contains(t, r.err, "historyCount.error")
}
