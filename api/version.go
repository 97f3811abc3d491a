package api

// ServerVersion is the version of Temporal's server whose API and histories these are. Temporal's Web UI
// compares it: from 1.19 on it lists with filters, from 1.23 on it counts by status. SDKs look at capabilities,
// and say which versions they support. What Perdure itself is at stands in GetClusterInfo's version_info.
const ServerVersion = "1.32.0"

// SupportedClients are Temporal's clients by the ranges of versions that may call, as its server tells them.
func SupportedClients() map[string]string {
	const below2 = "<2.0.0"
	return map[string]string{
		"temporal-go":         below2,
		"temporal-java":       below2,
		"temporal-php":        below2,
		"temporal-typescript": below2,
		"temporal-cli":        below2,
		"temporal-server":     below2,
		"temporal-ui":         "<3.0.0",
		"Nexus-go-sdk":        below2,
	}
}
