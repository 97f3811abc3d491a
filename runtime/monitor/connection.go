package monitor

var (
	natsConnected  = gauge("perdure_nats_connected", "1 while the server's connection to NATS is up, else 0.")
	natsReconnects = counter("perdure_nats_reconnects_total", "How often that connection was lost and came back.")
	natsMessages   = counter("perdure_nats_messages_total", "Messages on that connection, by the direction: in or out.", "direction")
	natsBytes      = counter("perdure_nats_bytes_total", "Bytes on that connection, by the direction: in or out.", "direction")
	natsClients    = gauge("perdure_nats_clients", "Connections that the embedded NATS server has.")
	grpcClients    = gauge("perdure_grpc_connections", "Connections of Temporal's clients.")
)

func (to sink) connections(sources *Sources) {
	if conn := sources.Connection; conn != nil {
		up := 0.0
		if conn.IsConnected() {
			up = 1
		}
		to.put(natsConnected, up)
		stats := conn.Stats()
		to.put(natsReconnects, float64(stats.Reconnects))
		to.put(natsMessages, float64(stats.InMsgs), "in")
		to.put(natsMessages, float64(stats.OutMsgs), "out")
		to.put(natsBytes, float64(stats.InBytes), "in")
		to.put(natsBytes, float64(stats.OutBytes), "out")
	}
	if sources.NATSClients != nil {
		to.put(natsClients, float64(sources.NATSClients()))
	}
	if sources.GRPCConnections != nil {
		to.put(grpcClients, float64(sources.GRPCConnections()))
	}
}
