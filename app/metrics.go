package app

import (
	"errors"
	"net/http"
	"net/http/pprof"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"hetu/fault"
)

// Metrics count requests by route pattern, never by path: a path holds ids.
type Metrics struct {
	registry *prometheus.Registry
	seconds  *prometheus.HistogramVec
}

// NewMetrics returns metrics of a server and of the process it runs in.
func NewMetrics() *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "hetu_request_seconds", Help: "Time a request took, by route and status.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5},
		}, []string{"method", "route", "status"}),
	}
	m.registry.MustRegister(m.seconds, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m *Metrics) observe(c *fiber.Ctx) error {
	began := time.Now()
	err := c.Next()
	code := c.Response().StatusCode()
	if err != nil {
		code = status[classify(err).Kind]
	}
	m.seconds.WithLabelValues(c.Method(), c.Route().Path, strconv.Itoa(code)).Observe(time.Since(began).Seconds())
	return err
}

// AdminHandler serves metrics and profiles. It belongs on a loopback address:
// it asks nobody who they are.
func (m *Metrics) AdminHandler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}

var errNotLoopback = errors.Join(fault.New(fault.Invalid, "config.admin_listen"), errors.New("the admin listener must be on a loopback address"))
