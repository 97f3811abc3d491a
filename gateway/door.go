package gateway

import (
	"cmp"
	"slices"

	"github.com/nats-io/nats.go"

	"github.com/perdure/perdure/api"
)

// queueGroup is shared by all processes: each request goes to one of them.
const queueGroup = "perdure"

// door is a family of subjects, and the micro service that stands there.
type door struct {
	door        api.Door
	service     string
	description string
}

var doors = []door{
	{api.ClientDoor, "perdure-api", "Methods that clients call, by namespace"},
	{api.WorkerDoor, "perdure-worker", "Methods that workers call, by namespace and task queue"},
	{api.AdminDoor, "perdure-admin", "Methods about namespaces and the cluster"},
}

// open subscribes the methods of a door, and what tells about them. The caller holds mu.
func (g *Gateway) open(d door) error {
	methods := api.Methods(d.door)
	slices.SortFunc(methods, func(a, b api.Method) int { return cmp.Compare(a.Name, b.Name) })
	var endpoints []*endpoint
	for _, method := range methods {
		e, err := g.newEndpoint(d.door, method)
		if err != nil {
			return err
		}
		if err := g.subscribe(e.subject, queueGroup, e.receive); err != nil {
			return err
		}
		endpoints = append(endpoints, e)
		g.endpoints[endpointName{d.door, method.Name}] = e
	}
	if err := g.refuseUnserved(d.door); err != nil {
		return err
	}
	return g.monitor(d, endpoints)
}

// refuseUnserved answers methods of the API that are not served yet: silence would look like an outage. The
// caller holds mu.
func (g *Gateway) refuseUnserved(door api.Door) error {
	for _, name := range api.Unserved(door) {
		refusal := api.NotImplemented(name)
		err := g.subscribe(g.config.Names.Endpoint(door, name), queueGroup, func(m *nats.Msg) {
			if !api.IsInbox(m.Reply) {
				return
			}
			json, _ := contentType(m)
			header, body := errorReply(refusal, json)
			_ = g.answer(m.Reply, header, body) // there is nobody to tell
		})
		if err != nil {
			return err
		}
	}
	return nil
}
