package main

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"jishi/work/journal"
)

// health answers /healthz (the program lives), /readyz (it can read its database) and /metrics.
// Neither names a matter, a person or a body.
func (s *system) health(mux *http.ServeMux) {
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
		defer cancel()
		if err := s.db.Ping(ctx); err != nil {
			s.log.Warn("not ready", "error", err.Error())
			http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
			return
		}
		w.Write([]byte("ready\n"))
	})
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), s.requests(), following{s})
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
}

var seconds = prometheus.NewHistogramVec(prometheus.HistogramOpts{
	Name: "jishi_http_seconds", Help: "Time to answer, by method and status class.",
	Buckets: []float64{.002, .005, .01, .02, .05, .1, .25, .5, 1, 5},
}, []string{"method", "status"})

func (s *system) requests() prometheus.Collector { return seconds }

// measured times every answer. The path is no label: it would name matters.
func measured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		told := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(told, r)
		if told.Header().Get("Content-Type") == "text/event-stream" {
			return // open for hours: its length says nothing of how fast we answer
		}
		seconds.WithLabelValues(method(r.Method), strconv.Itoa(told.status/100)+"xx").Observe(time.Since(start).Seconds())
	})
}

// method keeps the label's values few: anyone can send any word as a method.
func method(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions:
		return m
	}
	return "other"
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the writer beneath.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// following tells how far each follower of the journal is behind, and how many events it had to pass over.
type following struct{ *system }

var (
	behindDesc = prometheus.NewDesc("jishi_follower_behind", "Events that the follower has not taken in yet.", []string{"follower"}, nil)
	passedDesc = prometheus.NewDesc("jishi_follower_faults", "Events that followers could not take in and passed over; jishi verify names them.", nil, nil)
)

func (f following) Describe(ch chan<- *prometheus.Desc) { ch <- behindDesc; ch <- passedDesc }

func (f following) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	behind, err := journal.Behind(ctx, f.db)
	if err != nil { // the rest of the figures is worth more without a database
		f.log.Warn("followers cannot be asked", "error", err.Error())
		return
	}
	for name, n := range behind {
		ch <- prometheus.MustNewConstMetric(behindDesc, prometheus.GaugeValue, float64(n), name)
	}
	if faults, err := journal.Faults(ctx, f.db, 1000); err == nil {
		ch <- prometheus.MustNewConstMetric(passedDesc, prometheus.GaugeValue, float64(len(faults)))
	}
}
