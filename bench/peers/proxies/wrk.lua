-- A good token of many at each request, so that a cache of verified tokens holds more than one; the figures as one line of JSON.
local requests, number = {}, 0

function init(args)
  for token in io.lines(args[1]) do
    requests[#requests + 1] = wrk.format("GET", nil, { ["Authorization"] = "Bearer " .. token, ["Accept"] = "application/json" })
  end
  pause = tonumber(args[2] or 0)
  if pause > 0 then
    delay = function() return pause end
  end
end

function request()
  number = number % #requests + 1
  return requests[number]
end

function done(summary, latency)
  local bad = summary.errors
  io.write(string.format('\n{"requests":%d,"microseconds":%d,"p50":%d,"p99":%d,"errors":%d}\n', summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), bad.connect + bad.read + bad.write + bad.status + bad.timeout))
end
