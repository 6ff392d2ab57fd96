-- wrk script. BENCH_BODY: JSON to POST (otherwise GET), in which "7{n}" becomes another number of seven millions each
-- time. BENCH_IDS: file of ids, one for each {id} in the path.
-- Prints one line "@@{json}" at the end.
local body, file = os.getenv("BENCH_BODY"), os.getenv("BENCH_IDS")
local ids, path = {}, nil

function init()
  path = wrk.path
  if file and file ~= "" then
    for line in io.lines(file) do ids[#ids + 1] = line end
  end
  math.randomseed(os.time())
  if body and body ~= "" then
    wrk.method, wrk.body = "POST", body
    wrk.headers["Content-Type"] = "application/json"
  end
end

function request()
  if #ids == 0 then
    return wrk.format(nil, nil, nil, body and (body:gsub('"(%d+){n}"', function(millions)
      return millions .. string.format("%06d", math.random(0, 999999))
    end)))
  end
  return wrk.format(nil, (path:gsub("{id}", ids[math.random(#ids)])))
end

function done(summary)
  local e = summary.errors
  io.write(string.format('@@{"rps":%.1f,"failed":%d}\n', summary.requests / (summary.duration / 1e6),
    e.status + e.connect + e.read + e.write + e.timeout))
end
