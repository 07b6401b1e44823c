-- The same decision that the table plugin makes: a number looked up in a table, the call sent to what stands there.
local routes = { callee = "sip:callee@BENCH_CALLEE" }

function ksr_request_route()
    if KSR.maxfwd.process_maxfwd(10) < 0 then
        KSR.sl.sl_send_reply(483, "Too Many Hops")
        return 1
    end
    if KSR.siputils.has_totag() > 0 then
        if KSR.rr.loose_route() > 0 then
            KSR.tm.t_relay()
        elseif KSR.is_ACK() and KSR.tm.t_check_trans() > 0 then
            KSR.tm.t_relay()
        elseif not KSR.is_ACK() then
            KSR.sl.sl_send_reply(404, "Not here")
        end
        return 1
    end
    if KSR.is_CANCEL() then
        if KSR.tm.t_check_trans() > 0 then KSR.tm.t_relay() end
        return 1
    end
    if KSR.tm.t_check_trans() == 0 then return 1 end
    if not KSR.is_INVITE() then
        KSR.sl.sl_send_reply(405, "Method Not Allowed")
        return 1
    end
    local destination = routes[KSR.pv.get("$rU")]
    if destination == nil then
        KSR.sl.sl_send_reply(404, "Not Found")
        return 1
    end
    KSR.rr.record_route()
    KSR.pv.sets("$ru", destination)
    if KSR.tm.t_relay() < 0 then KSR.sl.sl_reply_error() end
    return 1
end
