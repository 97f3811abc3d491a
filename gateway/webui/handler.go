package webui

import (
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	"github.com/rs/zerolog"
	"github.com/temporalio/ui-server/v2/server/api"
	"github.com/temporalio/ui-server/v2/server/config"
	"github.com/temporalio/ui-server/v2/server/csrf"
	"github.com/temporalio/ui-server/v2/server/route"
	"github.com/temporalio/ui-server/v2/ui"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/grpc"
)

// bodyLimit is how much a request may have: it is read into memory whole. Payloads are a third larger in JSON than the
// 4 MiB that gRPC takes.
const bodyLimit = "8M"

// newHandler puts Temporal's routes together. No other site's page may read or change anything: there
// are no CORS headers, and what changes something needs the token of a cookie of this site. What counts as this site,
// ownHosts sees to.
func newHandler(settings *config.Config, conn *grpc.ClientConn, logger zerolog.Logger) (http.Handler, error) {
	provider, err := config.NewConfigProviderWithRefresh(settings)
	if err != nil {
		return nil, fmt.Errorf("webui: its settings: %w", err)
	}
	e := echo.New()
	e.Logger.SetOutput(io.Discard) // in a format of its own; what matters comes by recovered
	// The pages are served without TLS, so a cookie for TLS alone would never come back.
	const secure = false
	e.Use(
		recovered(logger),
		middleware.BodyLimit(bodyLimit),
		middleware.Gzip(),
		middleware.Secure(),
		tokenCookie(secure),
		middleware.CSRFWithConfig(csrf.MiddlewareConfig(provider, secure)),
		cached,
	)
	route.SetHealthRoute(e)
	setAPI(e.Group("/api/v1"), provider, conn)
	if err := setPages(e, provider); err != nil {
		return nil, fmt.Errorf("webui: its pages: %w", err)
	}
	return e, nil
}

// setAPI serves what the pages ask for. The connection is ours to close.
func setAPI(g *echo.Group, provider *config.ConfigProviderWithRefresh, conn *grpc.ClientConn) {
	g.GET("/settings", api.GetSettings(provider))
	g.GET("/releases", api.GetLatestReleases(provider, api.NewReleaseChecker()))
	g.GET("/ui-extensions", api.GetUIExtensions(provider, nil))
	g.GET(api.WorkflowRawHistoryUrl, api.WorkflowRawHistoryHandler(workflowservice.NewWorkflowServiceClient(conn)))
	methods := []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}
	g.Match(methods, "/*", api.TemporalAPIHandler(provider, nil, conn))
}

// setPages serves the pages' files.
func setPages(e *echo.Echo, provider *config.ConfigProviderWithRefresh) error {
	all, err := ui.Assets()
	if err != nil {
		return err
	}
	pages, err := fs.Sub(all, "local")
	if err != nil {
		return err
	}
	if err := route.SetUIRoutes(e, "", pages, provider); err != nil {
		return err
	}
	route.SetRenderRoute(e, "/")
	return nil
}

// recovered answers a request whose handler panics, and logs where it did.
func recovered(logger zerolog.Logger) echo.MiddlewareFunc {
	return middleware.RecoverWithConfig(middleware.RecoverConfig{
		LogErrorFunc: func(c echo.Context, err error, stack []byte) error {
			logger.Error().Err(err).Str("route", c.Path()).Bytes("stack", stack).Msg("the Web UI failed to answer")
			return err
		},
	})
}

// tokenCookie gives a token to whom the middleware behind it gives none: who tells where its requests come from.
func tokenCookie(secure bool) echo.MiddlewareFunc {
	ensure := csrf.EnsureTokenCookie(secure)
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		ensured := ensure(next)
		return func(c echo.Context) error {
			if c.Request().Header.Get(echo.HeaderSecFetchSite) == "" {
				return next(c)
			}
			return ensured(c)
		}
	}
}

// cached lets browsers keep the files whose names change with their content. An embedded file has no
// time by which they could ask whether theirs is still good.
func cached(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if strings.HasPrefix(c.Request().URL.Path, "/_app/immutable/") {
			c.Response().Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		}
		return next(c)
	}
}
