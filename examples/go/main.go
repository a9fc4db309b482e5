// Shop is a small HTTP service, written as a deployable app should be.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

// Shown on the page and in /healthz; grows with every release.
const version = "1.0.0"

// A little less than the grace that Sluice gives, so that the last word is ours and not SIGKILL.
const finishLimit = 9 * time.Second

func main() {
	settings, err := readSettings(os.Getenv)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if len(os.Args) > 1 && os.Args[1] == "healthcheck" {
		os.Exit(healthcheck(settings.port))
	}
	log := slog.New(slog.NewJSONHandler(os.Stdout, &slog.HandlerOptions{Level: settings.logLevel})).
		With("release", settings.release, "instance", settings.instance)

	if err := serve(settings, log); err != nil {
		log.Error("ended", "error", err)
		os.Exit(1)
	}
}

// serve returns nil when it was told to leave and everything it had begun is finished.
func serve(settings settings, log *slog.Logger) error {
	told, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()

	select {
	case <-time.After(settings.startDelay):
	case <-told.Done():
		return nil
	}

	server := &http.Server{
		Addr:              ":" + strconv.Itoa(settings.port),
		Handler:           routes(settings, log, told.Done()),
		ReadHeaderTimeout: 10 * time.Second,
		// Longer than any proxy in front keeps an idle connection, so that it is the proxy who closes.
		IdleTimeout: 70 * time.Second,
	}
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	log.Info("listening", "port", settings.port)

	select {
	case err := <-failed:
		return err
	case <-told.Done():
	}
	return finish(server, log)
}

// Sluice moves the traffic elsewhere before it sends SIGTERM, so what is left is only what has already begun.
func finish(server *http.Server, log *slog.Logger) error {
	startedAt := time.Now()
	log.Info("leaving")
	limit, cancel := context.WithTimeout(context.Background(), finishLimit)
	defer cancel()
	if err := server.Shutdown(limit); err != nil && !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	log.Info("left", "ms", time.Since(startedAt).Milliseconds())
	return nil
}
