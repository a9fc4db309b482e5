package main

import (
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"
)

const (
	maxSlow     = time.Minute
	eventPeriod = time.Second
)

// routes answers everything; leaving is closed when the app was told to go.
func routes(settings settings, log *slog.Logger, leaving <-chan struct{}) http.Handler {
	users := http.NewServeMux()
	users.HandleFunc("GET /{$}", page(settings))
	users.HandleFunc("GET /slow", slow)
	users.HandleFunc("GET /events", events(settings.release, leaving))
	users.HandleFunc("POST /echo", echo)

	// A bad release passes its probes, or it would never meet a user.
	all := http.NewServeMux()
	all.HandleFunc("GET /livez", ok)
	all.HandleFunc("GET /readyz", ok)
	all.HandleFunc("GET /healthz", health)
	all.Handle("/", failing(settings.failShare, logged(log, users)))
	return named(settings.release, all)
}

func named(release string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Release", release)
		next.ServeHTTP(w, r)
	})
}

func failing(share float64, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if rand.Float64() < share {
			sendJSON(w, http.StatusInternalServerError, map[string]any{"error": "FAIL_SHARE says so"})
			return
		}
		next.ServeHTTP(w, r)
	})
}

func logged(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		log.Debug("request", "method", r.Method, "path", r.URL.Path)
		next.ServeHTTP(w, r)
	})
}

var pageTemplate = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>shop</title>
<h1>{{.Greeting}}, this is shop {{.Version}}</h1>
<p>release <b>{{.Release}}</b>, instance <b>{{.Instance}}</b></p>
</html>
`))

func page(settings settings) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		// A failed write means that the reader has gone; nobody is left to tell.
		_ = pageTemplate.Execute(w, map[string]string{
			"Greeting": settings.greeting,
			"Version":  version,
			"Release":  settings.release,
			"Instance": settings.instance,
		})
	}
}

func slow(w http.ResponseWriter, r *http.Request) {
	ms := 1000
	if asked := r.URL.Query().Get("ms"); asked != "" {
		found, err := strconv.Atoi(asked)
		if err != nil || found < 0 || found > int(maxSlow.Milliseconds()) {
			sendJSON(w, http.StatusBadRequest, map[string]any{"error": fmt.Sprintf("ms must be 0 to %d", maxSlow.Milliseconds())})
			return
		}
		ms = found
	}
	select {
	case <-time.After(time.Duration(ms) * time.Millisecond):
		sendJSON(w, http.StatusOK, map[string]any{"waitedMs": ms})
	case <-r.Context().Done():
	}
}

func events(release string, leaving <-chan struct{}) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		w.Header().Set("Cache-Control", "no-store")
		if r.Method == http.MethodHead {
			return
		}
		stream := http.NewResponseController(w)
		last, _ := strconv.Atoi(r.Header.Get("Last-Event-ID"))
		for id := last + 1; ; id++ {
			fmt.Fprintf(w, "id: %d\ndata: {\"release\":%q,\"id\":%d}\n\n", id, release, id)
			if stream.Flush() != nil {
				return
			}
			select {
			case <-time.After(eventPeriod):
			// The browser connects again by itself, and then reaches an instance that stays.
			case <-leaving:
				return
			case <-r.Context().Done():
				return
			}
		}
	}
}

func echo(w http.ResponseWriter, r *http.Request) {
	kind := r.Header.Get("Content-Type")
	if kind == "" {
		kind = "application/octet-stream"
	}
	w.Header().Set("Content-Type", kind)
	if r.ContentLength >= 0 {
		w.Header().Set("Content-Length", strconv.FormatInt(r.ContentLength, 10))
	}
	// Without this the server may read only a part of a large body before it closes the way in.
	_ = http.NewResponseController(w).EnableFullDuplex()
	_, _ = io.Copy(w, r.Body)
}

func ok(w http.ResponseWriter, _ *http.Request) {
	sendJSON(w, http.StatusOK, map[string]any{"status": "ok"})
}

func sendJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value)
}
