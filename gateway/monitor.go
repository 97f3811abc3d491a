package gateway

import (
	"encoding/json"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"
	"github.com/nats-io/nuid"

	"github.com/perdure/perdure/api"
)

// monitor answers PING, INFO and STATS of one door as NATS's micro services do.
//
// Package micro would answer them on whatever reply subject the request names: a
// PING with a shard's log as its reply subject would be stored there, with this
// service's rights. Its statistics, besides, end with the handler's
// return, which here only begins the work. So the protocol is spoken here, in
// micro's own types. The caller holds mu.
func (g *Gateway) monitor(d door, endpoints []*endpoint) error {
	identity := micro.ServiceIdentity{Name: d.service, ID: nuid.Next(), Version: g.config.Version, Metadata: map[string]string{}}
	info := micro.Info{ServiceIdentity: identity, Type: micro.InfoResponseType, Description: d.description}
	for _, e := range endpoints {
		info.Endpoints = append(info.Endpoints, micro.EndpointInfo{Name: e.method.Name, Subject: e.subject, QueueGroup: queueGroup, Metadata: map[string]string{}})
	}
	started := time.Now().UTC()
	tell := map[micro.Verb]func() any{
		micro.PingVerb: func() any { return micro.Ping{ServiceIdentity: identity, Type: micro.PingResponseType} },
		micro.InfoVerb: func() any { return info },
		micro.StatsVerb: func() any {
			stats := micro.Stats{ServiceIdentity: identity, Type: micro.StatsResponseType, Started: started}
			for _, e := range endpoints {
				stats.Endpoints = append(stats.Endpoints, e.statistics())
			}
			return stats
		},
	}
	for verb, value := range tell {
		for _, of := range []struct{ name, id string }{{}, {d.service, ""}, {d.service, identity.ID}} {
			subject, err := micro.ControlSubject(verb, of.name, of.id)
			if err != nil {
				return err
			}
			if err := g.subscribe(subject, "", func(m *nats.Msg) { g.tell(m, value()) }); err != nil {
				return err
			}
		}
	}
	return nil
}

func (g *Gateway) tell(m *nats.Msg, value any) {
	if !api.IsInbox(m.Reply) {
		return
	}
	body, err := json.Marshal(value)
	if err == nil {
		err = g.answer(m.Reply, jsonHeader, body)
	}
	if err != nil {
		g.config.Logger.Debug().Err(err).Str("subject", m.Subject).Msg("a monitoring request has no answer")
	}
}
