package main

import (
	"context"
	"net/http"
	"runtime"
	"strconv"
	"time"
)

const checkLimit = time.Second

var startedAt = time.Now()

// A check answers with "status": "ok" or "failed", and whatever else helps an operator.
type check func(context.Context) map[string]any

// An app with a database or a cache asks them here.
var checks = map[string]check{
	"goroutines": func(context.Context) map[string]any {
		return map[string]any{"status": "ok", "count": runtime.NumGoroutine()}
	},
	"memory": func(context.Context) map[string]any {
		var memory runtime.MemStats
		runtime.ReadMemStats(&memory)
		return map[string]any{"status": "ok", "heapMb": memory.HeapAlloc / 1e6}
	},
}

// health runs its checks side by side, so one that hangs costs the others nothing.
func health(w http.ResponseWriter, r *http.Request) {
	limit, cancel := context.WithTimeout(r.Context(), checkLimit)
	defer cancel()

	answers := make(map[string]chan map[string]any, len(checks))
	for name, run := range checks {
		answer := make(chan map[string]any, 1)
		answers[name] = answer
		go func() { answer <- run(limit) }()
	}

	status, code := "ok", http.StatusOK
	found := make(map[string]any, len(checks))
	for name, answer := range answers {
		result := map[string]any{"status": "failed", "reason": "timeout after " + checkLimit.String()}
		select {
		case result = <-answer:
		case <-limit.Done():
		}
		found[name] = result
		if result["status"] != "ok" {
			status, code = "degraded", http.StatusServiceUnavailable
		}
	}
	sendJSON(w, code, map[string]any{
		"status":    status,
		"timestamp": time.Now().UTC().Format(time.RFC3339Nano),
		"version":   version,
		"uptime":    int(time.Since(startedAt).Seconds()),
		"checks":    found,
	})
}

// healthcheck asks the service in the same container how it is: its image holds nothing else that could.
func healthcheck(port int) int {
	client := http.Client{Timeout: checkLimit}
	answer, err := client.Get("http://127.0.0.1:" + strconv.Itoa(port) + "/livez")
	if err != nil {
		return 1
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return 1
	}
	return 0
}
