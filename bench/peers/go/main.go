// SPDX-License-Identifier: MIT

// The worker of bench/jobs/jobs.h's contracts on the Go SDK, and its replayer.
//
//	benchpeer serve ADDRESS TASK_QUEUE [GRACE_MS]
//	benchpeer replay HISTORY.json ROUNDS
package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

type plan struct {
	Count int `json:"count"`
	Size  int `json:"size"`
}

type crashReport struct {
	Crashed    int `json:"crashed"`
	Neighbours int `json:"neighbours"`
}

var quiet = log.NewStructuredLogger(slog.New(slog.NewTextHandler(io.Discard, nil)))

// --- activities

func nothing(n int) (int, error)       { return n, nil }
func echo(text string) (string, error) { return text, nil }
func attempt(ctx context.Context) int  { return int(activity.GetInfo(ctx).Attempt) }

func threadTime() int64 {
	const threadClock = 3
	var now syscall.Timespec
	syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, threadClock, uintptr(unsafe.Pointer(&now)), 0)
	return now.Nano()
}

func burn(micros int) (int, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	end := threadTime() + int64(micros)*1000
	x := uint64(1)
	for threadTime() < end {
		for i := 0; i < 1000; i++ {
			x ^= x << 13
			x ^= x >> 7
			x ^= x << 17
		}
	}
	if x == 0 {
		return 0, nil
	}
	return 1, nil
}

func beat(ctx context.Context, count int) (float64, error) {
	begun := time.Now()
	for i := 0; i < count; i++ {
		activity.RecordHeartbeat(ctx, i)
	}
	return float64(time.Since(begun).Nanoseconds()) / float64(count), nil
}

// It must go on beating: the Go SDK learns of a cancellation from the answer to a heartbeat.
func untilCancelled(ctx context.Context) (int64, error) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for i := 0; ; i++ {
		activity.RecordHeartbeat(ctx, i)
		select {
		case <-ctx.Done():
			return time.Now().UnixNano(), nil
		case <-tick.C:
		}
	}
}

func linger(ctx context.Context, ms int) (int, error) {
	time.Sleep(time.Duration(ms) * time.Millisecond)
	return attempt(ctx), nil
}

func crash(ctx context.Context) (int, error) {
	if attempt(ctx) == 1 {
		_ = syscall.Kill(syscall.Getpid(), syscall.SIGKILL)
		select {}
	}
	return attempt(ctx), nil
}

// --- workflows

func options(ctx workflow.Context, attempts int32) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: time.Minute,
		RetryPolicy: &temporal.RetryPolicy{InitialInterval: 200 * time.Millisecond, BackoffCoefficient: 1,
			MaximumAttempts: attempts},
	})
}

func noop(ctx workflow.Context, n int) (int, error) { return n, nil }

func waiting(ctx workflow.Context, n int) (int, error) {
	var more int
	workflow.GetSignalChannel(ctx, "go").Receive(ctx, &more)
	return n + more, nil
}

func sequence(ctx workflow.Context, in plan) (int, error) {
	ctx = options(ctx, 1)
	for i := 0; i < in.Count; i++ {
		if err := workflow.ExecuteActivity(ctx, "nothing", i).Get(ctx, nil); err != nil {
			return 0, err
		}
	}
	return in.Count, nil
}

func startAll(ctx workflow.Context, count int, name string, input any) []workflow.Future {
	futures := make([]workflow.Future, count)
	for i := range futures {
		futures[i] = workflow.ExecuteActivity(ctx, name, input)
	}
	return futures
}

func sum(ctx workflow.Context, futures []workflow.Future) (int, error) {
	total := 0
	for _, future := range futures {
		var one int
		if err := future.Get(ctx, &one); err != nil {
			return 0, err
		}
		total += one
	}
	return total, nil
}

func fanout(ctx workflow.Context, in plan) (int, error) {
	total := 0
	ctx = options(ctx, 1)
	for _, future := range startAll(ctx, in.Count, "echo", strings.Repeat("x", in.Size)) {
		var text string
		if err := future.Get(ctx, &text); err != nil {
			return 0, err
		}
		total += len(text)
	}
	return total, nil
}

func burning(ctx workflow.Context, in plan) (int, error) {
	ctx = options(ctx, 1)
	return sum(ctx, startAll(ctx, in.Count, "burn", in.Size))
}

func lingering(ctx workflow.Context, in plan) (int, error) {
	ctx = options(ctx, 1)
	return sum(ctx, startAll(ctx, in.Count, "linger", in.Size))
}

func beating(ctx workflow.Context, in plan) (float64, error) {
	var nanoseconds float64
	ctx = options(ctx, 1)
	err := workflow.ExecuteActivity(ctx, "beat", in.Count).Get(ctx, &nanoseconds)
	return nanoseconds, err
}

func cancelling(ctx workflow.Context, n int) (int64, error) {
	var when int64
	one, cancel := workflow.WithCancel(workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: time.Minute, HeartbeatTimeout: time.Second, WaitForCancellation: true,
	}))
	future := workflow.ExecuteActivity(one, "until_cancelled")
	workflow.GetSignalChannel(ctx, "go").Receive(ctx, nil)
	cancel()
	err := future.Get(ctx, &when)
	return when, err
}

func crashing(ctx workflow.Context, in plan) (report crashReport, err error) {
	neighbours := startAll(options(ctx, 3), in.Count, "linger", in.Size)
	if err = workflow.Sleep(ctx, 500*time.Millisecond); err != nil {
		return
	}
	// A worker that goes down with its activity leaves it to this timeout to notice.
	one := workflow.WithHeartbeatTimeout(options(ctx, 3), 2*time.Second)
	if err = workflow.ExecuteActivity(one, "crash").Get(ctx, &report.Crashed); err != nil {
		return
	}
	report.Neighbours, err = sum(ctx, neighbours)
	return
}

var workflows = map[string]any{"noop": noop, "waiting": waiting, "sequence": sequence, "fanout": fanout,
	"burning": burning, "beating": beating, "cancelling": cancelling, "lingering": lingering, "crashing": crashing}

var activities = map[string]any{"nothing": nothing, "echo": echo, "burn": burn, "beat": beat,
	"until_cancelled": untilCancelled, "linger": linger, "crash": crash}

// --- roles

func serve(address, taskQueue string, grace time.Duration) error {
	worker.SetStickyWorkflowCacheSize(10000)
	connection, err := client.Dial(client.Options{HostPort: address, Logger: quiet})
	if err != nil {
		return err
	}
	defer connection.Close()
	w := worker.New(connection, taskQueue, worker.Options{
		MaxConcurrentActivityExecutionSize: 100, MaxConcurrentWorkflowTaskExecutionSize: 100,
		MaxConcurrentActivityTaskPollers: 5, MaxConcurrentWorkflowTaskPollers: 5, WorkerStopTimeout: grace,
	})
	for name, function := range workflows {
		w.RegisterWorkflowWithOptions(function, workflow.RegisterOptions{Name: name})
	}
	for name, function := range activities {
		w.RegisterActivityWithOptions(function, activity.RegisterOptions{Name: name})
	}
	if err = w.Start(); err != nil {
		return err
	}
	_, _ = os.Stdout.WriteString("READY\n")
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	<-stop
	w.Stop()
	return nil
}

func replay(path string, rounds int) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	history, err := client.HistoryFromJSON(strings.NewReader(string(text)), client.HistoryJSONOptions{})
	if err != nil {
		return err
	}
	replayer := worker.NewWorkflowReplayer()
	for name, function := range workflows {
		replayer.RegisterWorkflowWithOptions(function, workflow.RegisterOptions{Name: name})
	}
	var seconds []float64
	for i := 0; i < rounds; i++ {
		begun := time.Now()
		if err = replayer.ReplayWorkflowHistory(quiet, history); err != nil {
			return err
		}
		seconds = append(seconds, time.Since(begun).Seconds())
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{"events": len(history.Events), "seconds": seconds})
}

func run(arguments []string) error {
	switch {
	case len(arguments) >= 3 && arguments[0] == "serve":
		grace := 0
		if len(arguments) > 3 {
			grace, _ = strconv.Atoi(arguments[3])
		}
		return serve(arguments[1], arguments[2], time.Duration(grace)*time.Millisecond)
	case len(arguments) == 3 && arguments[0] == "replay":
		rounds, err := strconv.Atoi(arguments[2])
		if err != nil {
			return err
		}
		return replay(arguments[1], rounds)
	}
	return errors.New("usage: benchpeer serve ADDRESS TASK_QUEUE [GRACE_MS] | replay HISTORY.json ROUNDS")
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		_, _ = os.Stderr.WriteString("benchpeer: " + err.Error() + "\n")
		os.Exit(1)
	}
}
