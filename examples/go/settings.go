package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"time"
)

// Everything the app is told from outside.
type settings struct {
	release    string
	instance   string
	port       int
	logLevel   slog.Level
	greeting   string
	failShare  float64
	startDelay time.Duration
}

// readSettings reports every wrong variable in one error.
func readSettings(getenv func(string) string) (settings, error) {
	var problems []error
	problem := func(name, format string, values ...any) {
		problems = append(problems, fmt.Errorf("  %s %s", name, fmt.Sprintf(format, values...)))
	}
	// An empty variable counts as unset, or `GREETING=` would defeat its rule.
	text := func(name, otherwise string) string {
		if value := getenv(name); value != "" {
			return value
		}
		return otherwise
	}
	number := func(name, otherwise string, from, to float64) float64 {
		value := text(name, otherwise)
		found, err := strconv.ParseFloat(value, 64)
		if err != nil || !(found >= from && found <= to) {
			problem(name, "must be %v to %v, found %q", from, to, value)
		}
		return found
	}
	integer := func(name, otherwise string, from, to float64) int {
		found := number(name, otherwise, from, to)
		if found != float64(int(found)) {
			problem(name, "must be a whole number, found %q", getenv(name))
		}
		return int(found)
	}

	read := settings{
		release:    text("SLUICE_RELEASE", "v"+version),
		instance:   text("SLUICE_INSTANCE", fmt.Sprintf("pid %d", os.Getpid())),
		port:       integer("PORT", "3000", 1, 65_535),
		greeting:   text("GREETING", ""),
		failShare:  number("FAIL_SHARE", "0", 0, 1),
		startDelay: time.Duration(integer("START_DELAY_MS", "0", 0, 600_000)) * time.Millisecond,
	}
	if read.greeting == "" {
		problem("GREETING", "must be set")
	}
	level := text("LOG_LEVEL", "info")
	known, isKnown := logLevels[level]
	if !isKnown {
		problem("LOG_LEVEL", "must be one of debug, info, warn, error, found %q", level)
	}
	read.logLevel = known

	if len(problems) > 0 {
		return settings{}, fmt.Errorf("the environment is not usable:\n%w", errors.Join(problems...))
	}
	return read, nil
}

var logLevels = map[string]slog.Level{
	"debug": slog.LevelDebug,
	"info":  slog.LevelInfo,
	"warn":  slog.LevelWarn,
	"error": slog.LevelError,
}
